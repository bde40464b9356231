namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// When something that is done again and again is due: at most once in an interval, and so seldom that it takes at most a given share
/// of a core, up to a longest pause. Not thread-safe.
/// </summary>
/// <param name="interval">The least time from one beginning to the next.</param>
/// <param name="longest">
/// The longest such time, however long it took: the process may have stood still meanwhile, which says nothing about the work.
/// </param>
/// <param name="share">The share of a core, above 0, up to 1.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeSpan interval, TimeSpan longest, double share, TimeProvider time)
{
    private long _notBefore = long.MinValue;

    /// <summary>Does it if it is due.</summary>
    /// <param name="work">What is to be done.</param>
    public void Run(Action work)
    {
        var began = time.GetTimestamp();
        if (began < _notBefore)
        {
            return;
        }

        work();
        var pause = time.GetElapsedTime(began) / share;
        pause = pause < interval ? interval : pause > longest ? longest : pause;
        _notBefore = began + (long)(pause.TotalSeconds * time.TimestampFrequency);
    }
}
