namespace Ingress.Pipeline.Queueing;

/// <summary>
/// Learns from the queue's recent departures how long a place in it takes: with n places to go, n more requests have to leave, and the
/// times between the last departures tell how long each takes. Thread-safe.
/// </summary>
/// <remarks>
/// Only departures that left others waiting, or that had waited themselves, are counted: the time between two requests that found an
/// empty queue says how often people come, not how long they wait.
/// </remarks>
internal sealed class WaitEstimator
{
    /// <summary>How many departures are remembered: enough for a 90th percentile, few enough to follow a change of load.</summary>
    private const int Memory = 64;

    /// <summary>The 90th percentile of the normal distribution, in standard deviations.</summary>
    private const double CautiousDeviations = 1.2816;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly double[] _intervals = new double[Memory];
    private int _count;
    private int _next;
    private long _lastDeparture;
    private double _mean;
    private double _deviation;
    private double _median;
    private double _high;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="time">The clock.</param>
    public WaitEstimator(TimeProvider time) => _time = time;

    /// <summary>Notes that a request has left the queue for the backend.</summary>
    /// <param name="now">The timestamp now.</param>
    /// <param name="arrivedAt">When the request arrived.</param>
    public void Departed(long now, long arrivedAt)
    {
        lock (_gate)
        {
            // The place was occupied only since the later of the two: before its arrival there was nobody to serve.
            var since = Math.Max(_lastDeparture, arrivedAt);
            _lastDeparture = now;
            _intervals[_next] = Math.Max(0, _time.GetElapsedTime(since, now).TotalMilliseconds);
            _next = (_next + 1) % Memory;
            _count = Math.Min(_count + 1, Memory);
            Summarize();
        }
    }

    /// <summary>Tells how long a place takes.</summary>
    /// <param name="departures">How many requests have to leave; 0 or less when there is room at once.</param>
    /// <param name="headSince">When the request at the head arrived; now, where none waits yet.</param>
    /// <param name="now">The timestamp now.</param>
    /// <returns>The likely and the cautious wait; nothing while there is no experience.</returns>
    public WaitEstimate Estimate(int departures, long headSince, long now)
    {
        lock (_gate)
        {
            if (departures <= 0)
            {
                return new WaitEstimate(0, 0);
            }

            if (_count == 0)
            {
                return default;
            }

            // Part of the head's time is over already, but not what passed before it came; one that is overdue is expected any moment.
            var elapsed = _time.GetElapsedTime(Math.Max(_lastDeparture, headSince), now).TotalMilliseconds;
            var likely = departures == 1 ? _median : departures * _mean;
            var high = departures == 1 ? _high : (departures * _mean) + (CautiousDeviations * Math.Sqrt(departures) * _deviation);
            var likelyLeft = Math.Max(0, likely - Math.Min(elapsed, _median));
            return new WaitEstimate((long)likelyLeft, (long)Math.Max(likelyLeft, high - Math.Min(elapsed, _median)));
        }
    }

    private void Summarize()
    {
        Span<double> sorted = stackalloc double[Memory];
        sorted = sorted[.._count];
        _intervals.AsSpan(0, _count).CopyTo(sorted);
        sorted.Sort();
        double sum = 0, squares = 0;
        foreach (var interval in sorted)
        {
            sum += interval;
            squares += interval * interval;
        }

        _mean = sum / _count;
        _deviation = Math.Sqrt(Math.Max(0, (squares / _count) - (_mean * _mean)));
        _median = sorted[_count / 2];
        _high = sorted[Math.Min(_count - 1, _count * 9 / 10)];
    }
}
