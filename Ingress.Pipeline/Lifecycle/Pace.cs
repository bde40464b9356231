namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// When something that is done again and again is due: at most once in an interval, and so seldom that it takes at most a hundredth of a
/// core, however much there is to do. Not thread-safe.
/// </summary>
/// <param name="interval">The least time from one beginning to the next.</param>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeSpan interval, TimeProvider time)
{
    private const int LeastTimesItsOwnTime = 100;

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
        var took = time.GetTimestamp() - began;
        _notBefore = began + Math.Max((long)(interval.TotalSeconds * time.TimestampFrequency), took * LeastTimesItsOwnTime);
    }
}
