namespace Ingress.RunPod.Simulation;

/// <summary>Remembers the counts just long enough to answer with old ones. Lock held for all.</summary>
internal sealed class HealthHistory
{
    // A busy endpoint changes thousands of times a second. Changes within a twentieth of the lag are one entry.
    private const int EntriesPerLag = 20;

    private readonly Queue<(TimeSpan At, HealthCounts Counts)> _old = new();
    private TimeSpan _lastAt = TimeSpan.MinValue;
    private HealthCounts _last;

    public void Record(TimeSpan now, TimeSpan lag, HealthCounts counts)
    {
        if (counts != _last)
        {
            if (lag > TimeSpan.Zero && (_lastAt == TimeSpan.MinValue || now - _lastAt >= lag / EntriesPerLag))
            {
                _old.Enqueue((_lastAt, _last));
                _lastAt = now;
            }

            _last = counts;
        }

        Forget(now, lag);
    }

    /// <summary>Gives the counts as they were <paramref name="lag"/> ago.</summary>
    public HealthCounts Read(TimeSpan now, TimeSpan lag)
    {
        Forget(now, lag);
        return _old.TryPeek(out var oldest) ? oldest.Counts : _last;
    }

    // An entry holds until the next one begins; it is of no use once that one is old enough.
    private void Forget(TimeSpan now, TimeSpan lag)
    {
        while (_old.Count > 0 && Next() <= now - lag)
        {
            _old.Dequeue();
        }
    }

    private TimeSpan Next() => _old.Count > 1 ? _old.ElementAt(1).At : _lastAt;
}
