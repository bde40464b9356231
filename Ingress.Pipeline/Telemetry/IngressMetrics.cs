using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Telemetry;

/// <summary>The pipeline's instruments, and the counts behind them. Thread-safe.</summary>
internal sealed class IngressMetrics
{
    private const string Rejection = "rejected";

    private static readonly InstrumentAdvice<double> WaitSeconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    };

    private static readonly InstrumentAdvice<double> SignedSeconds = new()
    {
        HistogramBucketBoundaries = [-300, -60, -30, -10, -5, -2.5, -1, -0.5, -0.1, 0, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private readonly UpDownCounter<long> _active;
    private readonly Counter<long> _opened;
    private readonly Histogram<double> _queueWait;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _rejected;
    private readonly Histogram<double> _jobDuration;
    private readonly Histogram<double> _firstOutput;
    private readonly Histogram<double> _estimateError;
    private readonly Histogram<double> _idleCapacityWait;
    private readonly Counter<long> _slowConsumers;
    private readonly long[] _ends = new long[Enum.GetValues<RequestOutcome>().Length];
    private long _received;
    private long _queued;
    private long _refused;
    private long _dispatched;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="meters">Makes the meter; the host owns it.</param>
    public IngressMetrics(IMeterFactory meters)
    {
        Meter = meters.Create(IngressTelemetry.Name);
        _active = Meter.CreateUpDownCounter<long>("ingress.connections.active", "{connection}", "WebSocket connections open now.");
        _opened = Meter.CreateCounter<long>("ingress.connections.opened", "{connection}", "WebSocket connections opened since the start.");
        _queueWait = Seconds("ingress.queue.wait.duration", "Time a request waited in the queue until the backend had taken it.");
        Meter.CreateObservableCounter(
            "ingress.requests.received", () => Interlocked.Read(ref _received), "{request}", "Requests read from clients, whatever became of them.");
        _requests = Meter.CreateCounter<long>("ingress.requests", "{request}", "Requests that ended, by outcome.");
        _rejected = Meter.CreateCounter<long>("ingress.requests.rejected", "{request}", "Requests and messages refused, by reason.");
        _jobDuration = Seconds("ingress.job.duration", "Time from the backend's taking a job to its end.");
        _firstOutput = Seconds("ingress.first_output.duration", "Time from a request's arrival to its first output.");
        _estimateError = Meter.CreateHistogram(
            "ingress.wait_estimate.error", "s", "Real wait minus the wait told with the acknowledgement.", null, SignedSeconds);
        _idleCapacityWait = Seconds("ingress.idle_capacity.wait.duration", "Time a request waited while a slot was free: wanted about 0.");
        _slowConsumers = Meter.CreateCounter<long>("ingress.slow_consumers", "{connection}", "Connections closed because their client did not read.");
    }

    /// <summary>Gets the meter, for instruments that observe other components.</summary>
    public Meter Meter { get; }

    /// <summary>Gets what has happened since the start.</summary>
    public RequestTotals Totals => new(
        Interlocked.Read(ref _received),
        Interlocked.Read(ref _queued),
        Interlocked.Read(ref _refused),
        Interlocked.Read(ref _dispatched),
        Interlocked.Read(ref _ends[(int)RequestOutcome.Completed]),
        Interlocked.Read(ref _ends[(int)RequestOutcome.Failed]),
        Interlocked.Read(ref _ends[(int)RequestOutcome.Cancelled]),
        Interlocked.Read(ref _ends[(int)RequestOutcome.Expired]),
        Interlocked.Read(ref _ends[(int)RequestOutcome.Skipped]));

    /// <summary>
    /// Shows the counters at 0, before anything has happened: a counter that begins with its first event hides that event from whoever
    /// asks by how much it grew. To be called once somebody can listen.
    /// </summary>
    public void Begin()
    {
        _opened.Add(0);
        _slowConsumers.Add(0);
        foreach (var outcome in Enum.GetValues<RequestOutcome>().Select(NameOf).Append(Rejection))
        {
            _requests.Add(0, OutcomeTag(outcome));
        }
    }

    /// <summary>A connection was opened.</summary>
    public void ConnectionOpened()
    {
        _active.Add(1);
        _opened.Add(1);
    }

    /// <summary>A connection was closed.</summary>
    public void ConnectionClosed() => _active.Add(-1);

    /// <summary>A client did not read what it was sent.</summary>
    public void SlowConsumer() => _slowConsumers.Add(1);

    /// <summary>A request was acknowledged.</summary>
    public void Queued()
    {
        Interlocked.Increment(ref _received);
        Interlocked.Increment(ref _queued);
    }

    /// <summary>A request was refused.</summary>
    /// <param name="code">The error code.</param>
    public void Rejected(string code)
    {
        Interlocked.Increment(ref _received);
        Interlocked.Increment(ref _refused);
        _requests.Add(1, OutcomeTag(Rejection));
        Refused(code);
    }

    /// <summary>A message that is no request, or a connection, was refused.</summary>
    /// <param name="code">The error code.</param>
    public void Refused(string code) => _rejected.Add(1, new KeyValuePair<string, object?>("error.type", code));

    /// <summary>The backend has taken a request.</summary>
    /// <param name="waited">How long it waited.</param>
    /// <param name="idleCapacityWait">For how much of that there was room for it.</param>
    /// <param name="endpoint">The endpoint's name.</param>
    public void Dispatched(TimeSpan waited, TimeSpan idleCapacityWait, string endpoint)
    {
        Interlocked.Increment(ref _dispatched);
        var tag = EndpointTag(endpoint);
        _queueWait.Record(waited.TotalSeconds, tag);
        _idleCapacityWait.Record(idleCapacityWait.TotalSeconds, tag);
    }

    /// <summary>An estimate turned out.</summary>
    /// <param name="error">The real wait minus the estimated one.</param>
    /// <param name="endpoint">The endpoint's name.</param>
    public void EstimateTurnedOut(TimeSpan error, string endpoint) => _estimateError.Record(error.TotalSeconds, EndpointTag(endpoint));

    /// <summary>The first output of a request has come.</summary>
    /// <param name="sinceArrival">How long after the request's arrival.</param>
    /// <param name="endpoint">The endpoint's name.</param>
    public void FirstOutput(TimeSpan sinceArrival, string endpoint) => _firstOutput.Record(sinceArrival.TotalSeconds, EndpointTag(endpoint));

    /// <summary>A job has ended at the backend.</summary>
    /// <param name="duration">How long the backend had it.</param>
    /// <param name="endpoint">The endpoint's name.</param>
    public void JobEnded(TimeSpan duration, string endpoint) => _jobDuration.Record(duration.TotalSeconds, EndpointTag(endpoint));

    /// <summary>An acknowledged request has ended.</summary>
    /// <param name="outcome">How.</param>
    public void Ended(RequestOutcome outcome)
    {
        Interlocked.Increment(ref _ends[(int)outcome]);
        _requests.Add(1, OutcomeTag(NameOf(outcome)));
    }

    /// <summary>Gets an outcome's name as a tag.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <returns>Its name in lower case.</returns>
    public static string NameOf(RequestOutcome outcome) => outcome switch
    {
        RequestOutcome.Completed => "completed",
        RequestOutcome.Failed => "failed",
        RequestOutcome.Cancelled => "cancelled",
        RequestOutcome.Expired => "expired",
        RequestOutcome.Skipped => "skipped",
        _ => throw new UnreachableException(),
    };

    private static KeyValuePair<string, object?> OutcomeTag(string outcome) => new("ingress.outcome", outcome);

    private static KeyValuePair<string, object?> EndpointTag(string endpoint) => new("runpod.endpoint", endpoint);

    private Histogram<double> Seconds(string name, string description) => Meter.CreateHistogram(name, "s", description, null, WaitSeconds);
}
