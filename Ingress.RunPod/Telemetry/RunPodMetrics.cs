using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Telemetry;

namespace Ingress.RunPod.Telemetry;

/// <summary>The instruments of this assembly, on the service's meter. Thread-safe.</summary>
internal sealed class RunPodMetrics
{
    private const string EndpointTag = "runpod.endpoint";
    private static readonly BackendState[] States = Enum.GetValues<BackendState>();
    private static readonly InstrumentAdvice<double> CallBuckets = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
    };

    private static readonly InstrumentAdvice<double> CancelBuckets = new()
    {
        HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _cancelDuration;
    private readonly Histogram<double> _wastedDuration;
    private readonly TimeProvider _time;
    private IReadOnlyList<IJobBackend> _backends = [];

    public RunPodMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;

        // The factory owns the meter and hands the same one to everybody who asks by this name.
#pragma warning disable CA2000
        var meter = meters.Create(IngressTelemetry.Name);
#pragma warning restore CA2000
        _requests = meter.CreateCounter<long>("runpod.requests", "{request}", "Calls to RunPod.");
        _requestDuration = meter.CreateHistogram("runpod.request.duration", "s", "Time of a call to RunPod.", null, CallBuckets);
        _cancelDuration = meter.CreateHistogram(
            "ingress.cancel.duration", "s", "Time from a listener's leaving to RunPod's confirmation that its job has ended.", null, CancelBuckets);
        _wastedDuration = meter.CreateHistogram(
            "ingress.gpu.wasted.duration", "s", "GPU time spent on jobs after their listener had left.", null, CancelBuckets);
        meter.CreateObservableGauge("runpod.workers", ObserveWorkers, "{worker}", "Workers of the endpoint as last sampled.");
        meter.CreateObservableGauge("runpod.jobs", ObserveJobs, "{job}", "Jobs of all clients of the endpoint as last sampled.");
        meter.CreateObservableGauge("runpod.slots.free", () => Observe(static s => s.FreeSlots), "{slot}", "Jobs that could be handed over now.");
        meter.CreateObservableGauge("runpod.sample.age", ObserveAges, "s", "Time since the last good answer about the endpoint's workers.");
        meter.CreateObservableGauge("runpod.endpoint.status", ObserveStates, "{endpoint}", "1 for the state that the endpoint is in.");
        meter.CreateObservableUpDownCounter(
            "ingress.jobs.active", () => Observe(static s => s.OwnJobs), "{job}", "Own jobs at RunPod that are not known to have ended.");
    }

    /// <summary>Says whose snapshots the gauges show.</summary>
    public void Show(IReadOnlyList<IJobBackend> backends) => _backends = backends;

    /// <summary>Counts a call.</summary>
    /// <param name="endpoint">The endpoint's name.</param>
    /// <param name="operation">run, status, stream, cancel or health.</param>
    /// <param name="status">The HTTP status; 0 where there was none.</param>
    /// <param name="error">The kind of failure from a closed set, or null.</param>
    /// <param name="duration">From the call, not from the wait for its permit.</param>
    public void Called(string endpoint, string operation, int status, string? error, TimeSpan duration)
    {
        var tags = new TagList { { EndpointTag, endpoint }, { "runpod.operation", operation } };
        if (status > 0)
        {
            tags.Add("http.response.status_code", status);
        }

        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        _requests.Add(1, tags);
        _requestDuration.Record(duration.TotalSeconds, tags);
    }

    /// <summary>Records that a job which nobody wanted any more has ended.</summary>
    /// <param name="endpoint">The endpoint's name.</param>
    /// <param name="duration">From the listener's leaving to the confirmation.</param>
    /// <param name="wasRunning">Whether a worker was at it.</param>
    /// <param name="isConfirmed">Whether RunPod has said so; otherwise the job's time to live has run out.</param>
    public void Cancelled(string endpoint, TimeSpan duration, bool wasRunning, bool isConfirmed)
    {
        var tags = new TagList { { EndpointTag, endpoint } };
        if (wasRunning)
        {
            _wastedDuration.Record(duration.TotalSeconds, tags);
        }

        if (!isConfirmed)
        {
            tags.Add("error.type", "unconfirmed");
        }

        _cancelDuration.Record(duration.TotalSeconds, tags);
    }

    private IEnumerable<Measurement<int>> Observe(Func<BackendSnapshot, int> value) =>
        _backends.Select(backend => new Measurement<int>(value(backend.Snapshot), new KeyValuePair<string, object?>(EndpointTag, backend.Name)));

    private IEnumerable<Measurement<double>> ObserveAges() => _backends
        .Select(static backend => (backend.Name, backend.Snapshot.SampledAt))
        .Where(static each => each.SampledAt is not null)
        .Select(each => new Measurement<double>(
            Math.Max(0, (_time.GetUtcNow() - each.SampledAt.GetValueOrDefault()).TotalSeconds), new KeyValuePair<string, object?>(EndpointTag, each.Name)));

    private IEnumerable<Measurement<long>> ObserveStates() => _backends.SelectMany(static backend =>
    {
        var now = backend.Snapshot.State;
        return Tell(backend.Name, "runpod.endpoint.state", [.. States.Select(state => (BackendStateNames.Of(state), state == now ? 1L : 0))]);
    });

    private IEnumerable<Measurement<long>> ObserveWorkers() => _backends.SelectMany(static backend => backend.Snapshot.Workers is { } workers
        ? Tell(backend.Name, "runpod.worker.state",
            ("idle", workers.Idle), ("initializing", workers.Initializing), ("running", workers.Running),
            ("throttled", workers.Throttled), ("unhealthy", workers.Unhealthy))
        : []);

    private IEnumerable<Measurement<long>> ObserveJobs() => _backends.SelectMany(static backend => backend.Snapshot.Jobs is { } jobs
        ? Tell(backend.Name, "runpod.job.state", ("in_queue", jobs.InQueue), ("in_progress", jobs.InProgress),
            ("completed", jobs.Completed), ("failed", jobs.Failed), ("retried", jobs.Retried))
        : []);

    // ready is left out among the workers: it is idle by another name, and a sum over the states would count it twice.
    private static IEnumerable<Measurement<long>> Tell(string endpoint, string tag, params (string State, long Count)[] states) =>
        states.Select(s => new Measurement<long>(
            s.Count, new KeyValuePair<string, object?>(EndpointTag, endpoint), new KeyValuePair<string, object?>(tag, s.State)));
}
