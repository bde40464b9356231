using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Connections;

/// <summary>
/// The memory held for all clients together: messages that they have not read or may ask for again, and messages that they have begun and
/// not ended. Each owner counts its own share (<see cref="MemoryShare"/>), so that whoever holds the most can be told. Thread-safe.
/// </summary>
/// <param name="options">The limit.</param>
internal sealed class ClientMemory(IOptions<ConnectionOptions> options)
{
    private long _held;
    private int _owners;

    /// <summary>Gets the most bytes that may be held.</summary>
    public long Limit { get; } = options.Value.MaxBufferedBytes ?? DefaultLimit();

    /// <summary>Gets the bytes held now.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Gets whether more is held than may be.</summary>
    public bool IsExceeded => Held > Limit;

    /// <summary>Gets what each would hold if all held the same. Where too much is held, somebody holds more than this.</summary>
    public long FairShare => Math.Max(MemoryShare.Grain, Limit / Math.Max(1, Volatile.Read(ref _owners)));

    /// <summary>Tells whether an owner has to give something up: too much is held, and it has more of that than is fair.</summary>
    /// <param name="bytes">What it holds.</param>
    /// <returns>True when it has to.</returns>
    public bool IsTooMuch(long bytes) => IsExceeded && bytes > FairShare;

    /// <summary>Changes the count; for <see cref="MemoryShare"/> only.</summary>
    /// <param name="bytes">How many bytes more, or fewer.</param>
    /// <param name="owners">1 for a new owner, -1 for one that holds nothing any more.</param>
    public void Change(long bytes, int owners)
    {
        Interlocked.Add(ref _held, bytes);
        if (owners != 0)
        {
            Interlocked.Add(ref _owners, owners);
        }
    }

    // The queue has its own bound, and the rest of the process needs room too.
    private static long DefaultLimit() => Math.Min(1L << 30, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
}
