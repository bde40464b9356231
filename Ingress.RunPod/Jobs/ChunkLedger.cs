using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Client;

namespace Ingress.RunPod.Jobs;

/// <summary>
/// Delivers a job's chunks, once and in order, and makes good what a lost <c>/stream</c> reply took with it, where the job's result holds
/// the list of all chunks. Not thread-safe: its follower owns it.
/// </summary>
/// <remarks>
/// RunPod hands each chunk out once and without a number, so a gap shows only in the final list. After a lost reply, chunks are therefore
/// held back until the end, as long as that list may exist: words in order and late are better than words missing. Where the handler is
/// known to make no list, waiting would gain nothing, and chunks go on at once.
/// </remarks>
internal sealed class ChunkLedger(IJobObserver observer, HandlerTraits traits)
{
    private const int MaxHeldBytes = 8 * 1024 * 1024;

    private readonly List<ulong> _delivered = []; // of the current attempt
    private readonly List<ReadOnlyMemory<byte>> _held = [];
    private int _heldBytes;

    /// <summary>Gets whether a reply was lost that may have held chunks.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Gets whether any chunk has come.</summary>
    public bool HasStreamed { get; private set; }

    /// <summary>Takes the chunks of one reply.</summary>
    public void Take(IReadOnlyList<ReadOnlyMemory<byte>> chunks)
    {
        HasStreamed |= chunks.Count > 0;
        foreach (var chunk in chunks)
        {
            if (HasLost && traits.MayAggregate && _heldBytes + chunk.Length <= MaxHeldBytes)
            {
                _held.Add(chunk);
                _heldBytes += chunk.Length;
                continue;
            }

            Flush();
            Deliver(chunk);
        }
    }

    /// <summary>A reply was lost.</summary>
    public void Lose() => HasLost = true;

    /// <summary>RunPod has started the job again: what comes now begins anew, and the final list will be of this attempt only.</summary>
    public void Restart()
    {
        Flush();
        _delivered.Clear();
        HasLost = false;
    }

    /// <summary>Delivers what was held back; the job ended without a list to check it against.</summary>
    public void Flush()
    {
        foreach (var chunk in _held)
        {
            Deliver(chunk);
        }

        _held.Clear();
        _heldBytes = 0;
    }

    /// <summary>Compares what came with the result of the completed job, and delivers what is missing.</summary>
    /// <param name="output">The result, or null where there is none.</param>
    /// <returns>The output to report: null where everything was streamed.</returns>
    public byte[]? Reconcile(ReadOnlyMemory<byte>? output)
    {
        var list = output is { } json ? JobAnswerReader.ReadArray(json) : null;
        if (HasStreamed)
        {
            traits.Learn(list is not null);
        }

        // A handler that does not stream may return a list as well: then it is the result, not the list of chunks.
        if (list is null || (!HasStreamed && !(HasLost && traits.Streams)))
        {
            Flush();
            return output?.ToArray();
        }

        if (!IsBeginningOf(list))
        {
            // There is a gap that can no longer be filled in order, or RunPod ran the job anew faster than could be seen, and some of it
            // was delivered twice: so the whole list is reported.
            Flush();
            return output?.ToArray();
        }

        _held.Clear(); // the list holds them too, in their places
        _heldBytes = 0;
        foreach (var chunk in list.Skip(_delivered.Count))
        {
            Deliver(chunk);
        }

        return null;
    }

    /// <summary>Tells whether what was delivered is the list's beginning.</summary>
    private bool IsBeginningOf(List<ReadOnlyMemory<byte>> list) =>
        _delivered.Count <= list.Count && _delivered.Zip(list, static (known, chunk) => known == JsonFingerprint.Of(chunk.Span)).All(static same => same);

    private void Deliver(ReadOnlyMemory<byte> chunk)
    {
        _delivered.Add(JsonFingerprint.Of(chunk.Span));
        observer.OnOutput(chunk.Span);
    }
}
