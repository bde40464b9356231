using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Client;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Capacity;

/// <summary>
/// Keeps one shared readiness sample of an endpoint: read each poll interval while something waits or runs, at once when the queue becomes
/// non-empty, and rarely otherwise. Thread-safe.
/// </summary>
internal sealed partial class ReadinessSampler(
    EndpointSettings settings, RunPodClient client, SlotGate gate, TimeProvider time, ILogger<ReadinessSampler> logger)
{
    private static readonly TimeSpan Background = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBlock = TimeSpan.FromSeconds(30);

    // How old a sample may be that a queue beginning to fill is judged by. A longer poll interval must not make it wait, nor a stream of
    // requests that each find the queue empty cause a poll each.
    private static readonly TimeSpan LongestFresh = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Pulse _wake = new();
    private Readiness _readiness = Readiness.Unknown;
    private bool _isPolling;
    private bool _isDue;
    private bool _isHeldUp;
    private int _failures;
    private int _version;
    private int _blocks;
    private TimeSpan? _retryAfter;
    private long _lastAttempt = time.GetTimestamp();
    private BackendState _logged = BackendState.Unknown;

    /// <summary>Something waits.</summary>
    /// <remarks>
    /// Where nothing waits or runs yet, the sample is from an earlier time: unless it is fresh it is not used any more. Where the queue
    /// has just become non-empty, or nothing was polled before, the next one is read now.
    /// </remarks>
    /// <param name="isFirst">Whether nothing waited before.</param>
    public void Wake(bool isFirst = false)
    {
        Readiness? pending = null;
        lock (_lock)
        {
            if ((_isPolling && !isFirst) || !IsWanted())
            {
                return;
            }

            var isStale = _readiness.Fault is SampleFault.None && !IsFresh();
            if (_isPolling && !isStale)
            {
                return; // and what is wrong with RunPod keeps its own pace, however often the queue empties
            }

            _isDue = isStale;
            if (isStale && (!_isPolling || gate.Own == 0))
            {
                pending = Replace(_readiness with { Fault = SampleFault.Pending });
            }

            _isPolling = true;
        }

        if (pending is not null)
        {
            gate.Publish(pending);
        }

        _wake.Change();
    }

    /// <summary>A hand-over was answered 401, 403, 404 or with a redirect: nothing is forwarded until a later sample is good.</summary>
    /// <param name="status">The HTTP status.</param>
    public void Block(int status)
    {
        Readiness readiness;
        lock (_lock)
        {
            _isHeldUp = true;
            _blocks++;
            _lastAttempt = time.GetTimestamp();
            readiness = Replace(Refused(status));
        }

        Publish(readiness);
        _wake.Change();
    }

    /// <summary>RunPod took a job: whatever was wrong before is over.</summary>
    public void Accepted()
    {
        lock (_lock)
        {
            _blocks = 0;
            _isHeldUp = false;
        }
    }

    /// <summary>Reads samples until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var woken = _wake.Next;
            if (NextDelay() is { } delay && delay > TimeSpan.Zero)
            {
                // Woken or due, the next round looks again; suppressed are the timeout, which is the normal case, and the stop.
                await woken.WaitAsync(delay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            await SampleAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The gate is told outside of the lock, since it asks the queue; the version keeps what is newest newest.
    private Readiness Replace(Readiness readiness) => _readiness = readiness with { Version = ++_version };

    private bool IsWanted() => gate.Own > 0 || gate.Waiting > 0;

    private bool IsFresh() => _readiness.Sample is { } sample
        && time.GetElapsedTime(sample.TakenAt) <= (settings.PollInterval < LongestFresh ? settings.PollInterval : LongestFresh);

    private TimeSpan? NextDelay()
    {
        lock (_lock)
        {
            _isPolling = IsWanted();
            var interval = _readiness switch
            {
                { Fault: SampleFault.Pending } => TimeSpan.Zero,
                { Fault: SampleFault.None } when _isDue => TimeSpan.Zero,
                { Sample: null, Fault: SampleFault.None } => TimeSpan.Zero, // the service has just started
                _ when !_isPolling => Background,
                { Fault: SampleFault.None } => settings.PollInterval,
                { Fault: SampleFault.Failed } => Backoff.Delay(_failures, settings.PollInterval, LongestRetry, _retryAfter),
                _ => Backoff.Delay(_blocks + 1, settings.PollInterval, LongestBlock, _retryAfter),
            };
            return interval - time.GetElapsedTime(_lastAttempt);
        }
    }

    private async Task SampleAsync(CancellationToken stopping)
    {
        var asked = time.GetTimestamp();
        var (reply, health) = await client.GetHealthAsync(stopping);
        Readiness readiness;
        lock (_lock)
        {
            _lastAttempt = time.GetTimestamp();
            _isDue = false;
            _retryAfter = reply.RetryAfter;
            readiness = Replace(health is not null ? Good(health, asked) : Bad(reply));
        }

        Publish(readiness);
    }

    private Readiness Good(EndpointHealth health, long asked)
    {
        _failures = 0;
        if (!_isHeldUp)
        {
            _blocks = 0; // otherwise /run refuses what /health grants; only an accepted job shows that this is over
        }

        var (w, j) = (health.Workers ?? new HealthWorkers(), health.Jobs ?? new HealthJobs());
        var sample = new HealthSample(
            new WorkerCounts(
                Sane(w.Idle), Sane(w.Initializing), Sane(w.Ready), Sane(w.Running), Sane(w.Throttled), Sane(w.Unhealthy)),
            new JobCounts(j.Completed, j.Failed, Sane(j.InProgress), Sane(j.InQueue), j.Retried),
            gate.PeakSince(time.GetElapsedTime(asked)))
        {
            TakenAt = time.GetTimestamp(),
            TakenAtUtc = time.GetUtcNow(),
        };
        return new Readiness(sample, SampleFault.None, null);

        // A count below zero or beyond any real one would spoil the sums.
        static int Sane(int count) => Math.Clamp(count, 0, 1_000_000);
    }

    private Readiness Bad(in RunPodReply reply)
    {
        if (IsRefusal(reply.Status))
        {
            _blocks++;
            return Refused(reply.Status);
        }

        _failures++;
        return _readiness with { Fault = SampleFault.Failed, Error = $"RunPod's readiness cannot be read: {reply.Describe()}." };
    }

    /// <summary>Tells whether a status means that the configuration is wrong, whatever the call was.</summary>
    public static bool IsRefusal(int status) => status is 401 or 403 or 404 or (>= 300 and < 400);

    private Readiness Refused(int status)
    {
        var (key, id, url) = ($"{settings.Path}:{nameof(RunPodOptions.ApiKey)}",
            $"{settings.Path}:{nameof(RunPodOptions.EndpointId)}",
            $"{settings.Path}:{nameof(RunPodOptions.BaseUrl)}");
        var (fault, error) = status switch
        {
            401 or 403 => (SampleFault.Unauthorized,
                $"RunPod refuses the key (HTTP {status}): set {key} to a key that may use this endpoint."),
            404 => (SampleFault.NotFound, $"RunPod does not know the endpoint (HTTP 404): check {id} and {url}."),
            _ => (SampleFault.NotFound, $"RunPod answers with a redirect (HTTP {status}): check {url}."),
        };
        return _readiness with { Fault = fault, Error = error };
    }

    private void Publish(Readiness readiness)
    {
        gate.Publish(readiness);
        var snapshot = gate.Snapshot;
        lock (_lock)
        {
            // Only what an operator acts upon; busy and ready change with every job.
            var state = readiness.Fault is SampleFault.None ? BackendState.Ready : snapshot.State;
            if (state == _logged)
            {
                return;
            }

            _logged = state;
        }

        if (readiness.Error is { } error)
        {
            LogUnavailable(logger, settings.Name, error);
        }
        else
        {
            LogAvailable(logger, settings.Name, snapshot.State);
        }
    }
}
