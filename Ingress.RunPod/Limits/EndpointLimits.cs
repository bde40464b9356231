using System.Threading.RateLimiting;

namespace Ingress.RunPod.Limits;

/// <summary>Keeps the calls to one endpoint within RunPod's limits, so that it never has a reason to answer 429. Thread-safe.</summary>
/// <remarks>
/// RunPod does not say how its 10 seconds are counted: sliding, from the first call, or by the clock. A permit therefore comes back no
/// sooner than <see cref="Segments"/> − 1 segments of one second after it was taken: then no span of 10 seconds, wherever it begins,
/// holds more calls than allowed, and one second is left for calls that the network bunches together.
/// </remarks>
internal sealed class EndpointLimits : IDisposable
{
    private const int Segments = 12;
    private const int BurstSegments = 5;
    private static readonly TimeSpan Segment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BurstSegment = TimeSpan.FromMilliseconds(250);

    // A timer may fire a little early; a tick that came by so much less than a segment after the last one still counts.
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(15);

    private readonly Lock _ticking = new();
    private readonly TimeProvider _time;
    private readonly SlidingWindowRateLimiter[] _windows;
    private readonly SlidingWindowRateLimiter _burst;
    private readonly ITimer _timer;
    private readonly int _burstPermits;
    private long _lastSegment;
    private long _lastBurstSegment;

    public EndpointLimits(RunPodLimitOptions options, TimeProvider time)
    {
        _time = time;
        var run = CreateWindow(options.RunRequests, Segments);
        var read = CreateWindow(options.ReadRequests, Segments);
        var cancel = CreateWindow(options.CancelRequests, Segments);
        _windows = [run, read, cancel];

        // Streams read in bursts. Without this second window one burst could use up ten seconds' reads and leave every stream
        // standing for as long; so each 1.25 s may use a tenth of them.
        _burstPermits = Math.Max(1, options.ReadRequests / 10);
        _burst = CreateWindow(_burstPermits, BurstSegments);

        // Concurrency first: a permit of a window is gone once it is taken, so it is taken last.
        Run = RateLimiter.CreateChained(CreateConcurrency(options.RunConcurrency), run);
        Read = RateLimiter.CreateChained(CreateConcurrency(options.ReadConcurrency), _burst, read);
        Cancel = RateLimiter.CreateChained(CreateConcurrency(options.CancelConcurrency), cancel);
        Places = new StreamPlaces(options.ReadConcurrency);
        _lastSegment = _lastBurstSegment = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((EndpointLimits)state!).Tick(), this, BurstSegment, BurstSegment);
    }

    /// <summary>Gets the permits for <c>/run</c>; a lease is held from before the call until its answer is there.</summary>
    public RateLimiter Run { get; }

    /// <summary>Gets the permits that <c>/stream</c> and <c>/status</c> share.</summary>
    public RateLimiter Read { get; }

    /// <summary>Gets the permits for <c>/cancel</c>.</summary>
    public RateLimiter Cancel { get; }

    /// <summary>Gets who may hold a read open.</summary>
    public StreamPlaces Places { get; }

    /// <summary>Gets whether a read that is only nice to have takes nothing from those that are needed.</summary>
    public bool ReadsArePlentiful => _burst.GetStatistics()?.CurrentAvailablePermits > _burstPermits / 2;

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Run.Dispose();
        Read.Dispose();
        Cancel.Dispose();
        Places.Dispose();
        _burst.Dispose();
        Array.ForEach(_windows, static window => window.Dispose());
    }

    // The limiters tell time by the machine's clock. Their own window is made so short that it never holds them back, and they are
    // moved on from here by the service's clock: one segment per tick, never two ticks' worth after a pause.
    private static SlidingWindowRateLimiter CreateWindow(int permits, int segments) => new(new SlidingWindowRateLimiterOptions
    {
        PermitLimit = permits,
        SegmentsPerWindow = segments,
        Window = TimeSpan.FromTicks(segments),
        AutoReplenishment = false,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private static ConcurrencyLimiter CreateConcurrency(int permits) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private void Tick()
    {
        lock (_ticking)
        {
            var now = _time.GetTimestamp();
            if (IsDue(ref _lastBurstSegment, now, BurstSegment))
            {
                _burst.TryReplenish();
            }

            if (IsDue(ref _lastSegment, now, Segment))
            {
                Array.ForEach(_windows, static window => window.TryReplenish());
            }
        }
    }

    private bool IsDue(ref long last, long now, TimeSpan period)
    {
        if (_time.GetElapsedTime(last, now) < period - TimerTolerance)
        {
            return false;
        }

        last = now;
        return true;
    }
}
