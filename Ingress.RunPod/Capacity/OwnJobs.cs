namespace Ingress.RunPod.Capacity;

/// <summary>
/// Counts own outstanding jobs and remembers their peaks for as long as a sample may lag. Not thread-safe: its owner locks.
/// </summary>
internal sealed class OwnJobs(TimeProvider time)
{
    // Past values that may still be the highest of some span ending now: each entry is the value held until its moment. Older entries are
    // higher, since a lower one that ended earlier can never be the highest again; so the queue stays short.
    private readonly LinkedList<(int Value, long Until)> _past = [];

    /// <summary>Gets how many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Counts one more or one less.</summary>
    public void Add(int change)
    {
        var now = time.GetTimestamp();
        while (_past.Last is { } last && last.Value.Value <= Count)
        {
            _past.RemoveLast();
        }

        _past.AddLast((Count, now));
        Count += change;
        Forget(CapacityRules.Lag * 4, now); // a slow sample reaches further back than its lag
    }

    /// <summary>Gives the most that were outstanding at any moment of the last <paramref name="span"/>.</summary>
    public int PeakWithin(TimeSpan span)
    {
        var now = time.GetTimestamp();
        foreach (var (value, until) in _past)
        {
            if (time.GetElapsedTime(until, now) <= span)
            {
                return Math.Max(value, Count);
            }
        }

        return Count;
    }

    private void Forget(TimeSpan span, long now)
    {
        while (_past.First is { } first && time.GetElapsedTime(first.Value.Until, now) > span)
        {
            _past.RemoveFirst();
        }
    }
}
