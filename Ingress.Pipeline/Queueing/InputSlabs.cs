using System.Collections.Concurrent;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// Where the inputs of waiting requests lie. Kept as an array each, they would be copied by two garbage collections and cleared before,
/// which costs more than all else that is done for a message of some kilobytes. Thread-safe.
/// </summary>
internal static class InputSlabs
{
    /// <summary>An input larger than this has an array of its own: it would leave too much of a slab unused.</summary>
    public const int LargestShared = InputSlab.Size / 4;

    /// <summary>So many free slabs are kept for what comes next, 8 MiB; the others go back to the garbage collector.</summary>
    private const int MostFree = 256;

    private static readonly ConcurrentStack<InputSlab> Free = new();

    // Without a lock and without sharing: each thread fills a slab of its own.
    [ThreadStatic]
    private static InputSlab? _current;

    private static int _freeCount;

    /// <summary>Copies an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="start">Where it lies in the slab.</param>
    /// <returns>The slab, of which <see cref="LetGo"/> must be told once, or an array that holds nothing else.</returns>
    public static object Keep(ReadOnlySpan<byte> input, out int start)
    {
        if (input.Length > LargestShared)
        {
            start = 0;
            var own = GC.AllocateUninitializedArray<byte>(input.Length);
            input.CopyTo(own);
            return own;
        }

        while (true)
        {
            var slab = _current ??= Take(input.Length);
            if (slab.TryKeep(input, out start))
            {
                return slab;
            }

            _current = null;
            LetGo(slab);
        }
    }

    /// <summary>Lets go of a slab.</summary>
    /// <param name="slab">A slab in which one had an input.</param>
    public static void LetGo(InputSlab slab)
    {
        if (!slab.LetGo())
        {
            return;
        }

        if (Interlocked.Increment(ref _freeCount) > MostFree)
        {
            Interlocked.Decrement(ref _freeCount);
            return;
        }

        slab.Renew();
        Free.Push(slab);
    }

    private static InputSlab Take(int length)
    {
        if (Free.TryPop(out var slab))
        {
            Interlocked.Decrement(ref _freeCount);
            return slab;
        }

        return new InputSlab(length);
    }
}
