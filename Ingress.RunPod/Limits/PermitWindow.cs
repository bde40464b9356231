using System.Threading.RateLimiting;

namespace Ingress.RunPod.Limits;

/// <summary>A sliding window of permits that is moved on from outside, a segment at a time. Moving it is not thread-safe.</summary>
internal sealed class PermitWindow : IDisposable
{
    // A timer may fire a little early; a tick that came by so much less than a segment after the last one still counts.
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(15);

    private readonly int _permits;
    private readonly TimeSpan _segment;
    private long _lastStep;

    /// <summary>Initializes a new instance with all its permits.</summary>
    /// <param name="permits">How many there are.</param>
    /// <param name="segments">After so many steps a permit that was taken is there again.</param>
    /// <param name="segment">The least time between two steps.</param>
    public PermitWindow(int permits, int segments, TimeSpan segment)
    {
        _permits = permits;
        _segment = segment;

        // The limiter tells time by the machine's clock. Its own window is made so short that it never holds a step back.
        Limiter = new SlidingWindowRateLimiter(new SlidingWindowRateLimiterOptions
        {
            PermitLimit = permits,
            SegmentsPerWindow = segments,
            Window = TimeSpan.FromTicks(segments),
            AutoReplenishment = false,
            QueueLimit = int.MaxValue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>Gets what the permits are taken from.</summary>
    public SlidingWindowRateLimiter Limiter { get; }

    /// <summary>Gets how many permits are left.</summary>
    public long Available => Limiter.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Gets whether all permits are there.</summary>
    public bool IsFull => Available >= _permits;

    /// <summary>Begins to count the time to the next step.</summary>
    /// <param name="now">The timestamp now.</param>
    public void Begin(long now) => _lastStep = now;

    /// <summary>Goes on by one segment where its time is over; by no more than one after a pause, in which permits may have been taken.</summary>
    /// <param name="now">The timestamp now.</param>
    /// <param name="time">The clock that it is from.</param>
    public void Step(long now, TimeProvider time)
    {
        if (time.GetElapsedTime(_lastStep, now) < _segment - TimerTolerance)
        {
            return;
        }

        _lastStep = now;
        Limiter.TryReplenish();
    }

    /// <inheritdoc/>
    public void Dispose() => Limiter.Dispose();
}
