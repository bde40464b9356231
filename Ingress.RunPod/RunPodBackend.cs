using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Cancelling;
using Ingress.RunPod.Capacity;
using Ingress.RunPod.Client;
using Ingress.RunPod.Jobs;
using Ingress.RunPod.Limits;
using Ingress.RunPod.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod;

/// <summary>
/// One RunPod endpoint: its own connections, sample, limits and cancel queue, so that none can delay another. Thread-safe.
/// </summary>
/// <remarks>Between <see cref="Start"/> and <see cref="StopAsync"/> it samples and cancels.</remarks>
internal sealed class RunPodBackend : IJobBackend, ISlotAudit, IDisposable
{
    private readonly ConcurrentDictionary<JobSlot, byte> _live = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpClient _http;
    private readonly EndpointLimits _limits;
    private readonly SlotGate _gate;
    private readonly ReadinessSampler _sampler;
    private readonly CancelQueue _cancels;
    private readonly JobSubmitter _submitter;
    private readonly FollowContext _follow;
    private readonly TimeProvider _time;
    private Task _working = Task.CompletedTask;

    public RunPodBackend(EndpointSettings settings, RunPodMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        Name = settings.Name;
        PollInterval = settings.PollInterval;
        _time = time;
        (var api, _http) = RunPodApiFactory.Create(settings);
        _limits = new EndpointLimits(settings.Limits, time);
        var client = new RunPodClient(api, _limits, metrics, time, Name);
        _gate = new SlotGate(CapacityRules.From(settings), time);
        _sampler = new ReadinessSampler(settings, client, _gate, time, loggers.CreateLogger<ReadinessSampler>());
        _cancels = new CancelQueue(client, time, Name, loggers.CreateLogger<CancelQueue>());
        _submitter = new JobSubmitter(settings, client, _gate, _sampler, time, loggers.CreateLogger<JobSubmitter>());
        _follow = new FollowContext(
            Name, settings.StartTimeout, client, _cancels, new HandlerTraits(), metrics, time, loggers.CreateLogger<JobFollower>());
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TimeSpan PollInterval { get; }

    /// <inheritdoc/>
    public BackendSnapshot Snapshot => _gate.Snapshot;

    /// <inheritdoc/>
    public int CountedSlots => _gate.Own;

    /// <inheritdoc/>
    public int LiveSlots => _live.Count;

    /// <inheritdoc/>
    public int OpenCancels => _cancels.Open;

    /// <inheritdoc/>
    public void Attach(IDemand demand) => _gate.Attach(demand);

    /// <inheritdoc/>
    public void DemandChanged()
    {
        _sampler.Wake(isFirst: true);
        _gate.DemandChanged();
    }

    /// <inheritdoc/>
    public async ValueTask<IJobSlot> AcquireSlotAsync(CancellationToken cancellationToken)
    {
        RateLimitLease? permit = null;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _sampler.Wake();
                var changed = _gate.NextChange;

                // Before the room: a pause that ends between the two would be waited for without an end. One that begins is a change.
                var pause = _gate.PauseLeft;

                // Room first, permit second, room again: a permit taken before there is room would be missing elsewhere, and one
                // that has to be waited for may outlast the room.
                if (permit is null && _gate.Snapshot.FreeSlots > 0)
                {
                    permit = await _limits.Run.AcquireAsync(1, cancellationToken);
                }

                if (permit is { IsAcquired: true } && _gate.TryReserve(out var freeSince))
                {
                    var slot = new JobSlot(_submitter, _follow, permit, freeSince, GiveBack);
                    permit = null;
                    _live.TryAdd(slot, 0);
                    return slot;
                }

                await changed.WaitAsync(pause ?? Timeout.InfiniteTimeSpan, _time, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            permit?.Dispose();
        }
    }

    /// <summary>Begins to sample and to cancel.</summary>
    public void Start() => _working = Task.WhenAll(_sampler.RunAsync(_stopping.Token), _cancels.RunAsync(_stopping.Token));

    /// <summary>Finishes the cancels, as far as the token and RunPod allow, and stops.</summary>
    /// <param name="cancellationToken">Leaves the rest to the jobs' time to live.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _cancels.DrainAsync(cancellationToken);
        await _stopping.CancelAsync();
        await _working;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        _limits.Dispose();
        _http.Dispose();
        _stopping.Dispose();
    }

    private void GiveBack(JobSlot slot)
    {
        if (_live.TryRemove(slot, out _))
        {
            _gate.Release();
        }
    }
}
