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

    private readonly PermitWindow[] _windows;
    private readonly PermitWindow _burst;
    private readonly PermitClock _clock;
    private readonly int _burstPermits;

    public EndpointLimits(RunPodLimitOptions options, TimeProvider time)
    {
        var run = new PermitWindow(options.RunRequests, Segments, Segment);
        var read = new PermitWindow(options.ReadRequests, Segments, Segment);
        var cancel = new PermitWindow(options.CancelRequests, Segments, Segment);

        // Streams read in bursts. Without this second window one burst could use up ten seconds' reads and leave every stream
        // standing for as long; so each 1.25 s may use a tenth of them.
        _burstPermits = Math.Max(1, options.ReadRequests / 10);
        _burst = new PermitWindow(_burstPermits, BurstSegments, BurstSegment);
        _windows = [_burst, run, read, cancel];
        _clock = new PermitClock(_windows, BurstSegment, time);

        // Concurrency first: a permit of a window is gone once it is taken, so it is taken last.
        Run = Chain(CreateConcurrency(options.RunConcurrency), run.Limiter);
        Read = Chain(CreateConcurrency(options.ReadConcurrency), _burst.Limiter, read.Limiter);
        Cancel = Chain(CreateConcurrency(options.CancelConcurrency), cancel.Limiter);
        Places = new StreamPlaces(options.ReadConcurrency);
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
    public bool ReadsArePlentiful => _burst.Available > _burstPermits / 2;

    /// <inheritdoc/>
    public void Dispose()
    {
        _clock.Dispose();
        Run.Dispose();
        Read.Dispose();
        Cancel.Dispose();
        Places.Dispose();
        Array.ForEach(_windows, static window => window.Dispose());
    }

    private static ConcurrencyLimiter CreateConcurrency(int permits) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    private ClockedLimiter Chain(params RateLimiter[] limiters) => new(RateLimiter.CreateChained(limiters), _clock);
}
