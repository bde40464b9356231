using Ingress.Pipeline.Forwarding;

namespace Ingress.RunPod.Capacity;

/// <summary>
/// How much more may be handed over to an endpoint: a pure function of the last sample, our own outstanding jobs and our own queue.
/// </summary>
/// <param name="MaxWorkers">The most workers that the endpoint may have.</param>
/// <param name="ConcurrencyPerWorker">How many jobs a worker runs at a time.</param>
/// <param name="ScalerRequestCount">How many requests per worker the endpoint's scaler aims at.</param>
/// <param name="KeepFailed">How long the last good sample serves while newer ones fail.</param>
internal sealed record CapacityRules(int MaxWorkers, int ConcurrencyPerWorker, int ScalerRequestCount, TimeSpan KeepFailed)
{
    /// <summary>
    /// How far <c>/health</c> may lag behind. A job of ours that ended or was sent within it may or may not be in a sample; it must not be
    /// taken for somebody else's.
    /// </summary>
    public static readonly TimeSpan Lag = TimeSpan.FromSeconds(5);

    // Longer than the queue delay that RunPod sets by default, 4 s, and what /health takes to show its effect.
    private static readonly TimeSpan ScalerPatience = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Gets the most own jobs. An endpoint that scales by request count v starts its last worker only with v jobs for each of them, hence
    /// the larger of the two; beyond it nothing is gained by a job's waiting there instead of here, where leaving costs nothing.
    /// </summary>
    public int MaxOwn => MaxWorkers * PerWorker;

    private int PerWorker => Math.Max(ConcurrencyPerWorker, ScalerRequestCount);

    /// <summary>Takes the settings of an endpoint.</summary>
    public static CapacityRules From(EndpointSettings settings) => new(
        settings.MaxWorkers,
        settings.ConcurrencyPerWorker,
        settings.ScalerRequestCount,
        (5 * settings.PollInterval) + TimeSpan.FromSeconds(3)); // a few polls, the last of which may run into its timeout

    /// <summary>Decides.</summary>
    public CapacityResult Decide(in CapacityInput input)
    {
        switch (input.Fault)
        {
            case SampleFault.Unauthorized:
                return new CapacityResult(0, WaitReason.BackendUnavailable, BackendState.Unauthorized);
            case SampleFault.NotFound:
                return new CapacityResult(0, WaitReason.BackendUnavailable, BackendState.NotFound);
            case SampleFault.Failed when input.Sample is null || input.Age > KeepFailed:
                return new CapacityResult(0, WaitReason.BackendUnavailable, BackendState.Unavailable);
        }

        if (input.Sample is not { } sample)
        {
            return new CapacityResult(0, WaitReason.WorkersStarting, BackendState.Unknown);
        }

        // ready is idle by another name and is never added to it.
        var workers = sample.Workers;
        var free = workers.Running + workers.Idle == 0 ? WakeUp(input.Own) : Room(sample, input);
        free = input.Fault == SampleFault.Pending ? 0 : Math.Clamp(free, 0, Math.Max(0, MaxOwn - input.Own));
        return new CapacityResult(free, Reason(workers), State(workers, free, input.Own));
    }

    /// <summary>Tells whether a further worker would be of use and the endpoint may have one.</summary>
    /// <remarks>
    /// The backlog counts what no worker has begun, here or there, so that it does not shrink as it is handed over: a decision to
    /// scale that undid itself half-way would leave jobs at RunPod and start nothing.
    /// </remarks>
    public bool WantsWorker(HealthSample sample, int own, int waiting)
    {
        var up = Up(sample.Workers);
        var taken = Others(sample) + own;
        var backlog = Math.Max(0, taken - (up * ConcurrencyPerWorker)) + waiting;
        return sample.Workers.Running > 0
            && up < MaxWorkers
            && backlog > up * ConcurrencyPerWorker
            && taken + waiting >= (up * PerWorker) + 1;
    }

    /// <summary>Gives the workers that are up or coming.</summary>
    public static int Up(in WorkerCounts workers) => workers.Running + workers.Initializing;

    private static int Others(HealthSample sample) => Math.Max(0, sample.Jobs.InProgress + sample.Jobs.InQueue - sample.OwnPeak);

    // Whatever the other counts say: no worker starts unless a job asks for it, and a second job would not make it start sooner.
    private static int WakeUp(int own) => own < 1 ? 1 : 0;

    private int Room(HealthSample sample, in CapacityInput input)
    {
        var usable = (sample.Workers.Running + sample.Workers.Idle) * ConcurrencyPerWorker;
        var ahead = WantsWorker(sample, input.Own, input.Waiting) ? ScaleAhead(sample.Workers, input.WantedFor) : 0;
        return Math.Max(usable, ahead) - Others(sample) - input.Own;
    }

    /// <summary>Gives how many jobs may be at the endpoint so that its scaler starts one more worker than are up or coming.</summary>
    /// <remarks>
    /// One more than the workers can hold does it under both scalers: it waits (queue delay), and it lifts the count over a multiple of the
    /// scaler's value (request count). Where jobs are shorter than the queue delay, one that waits never waits long enough; so when nothing
    /// has come of it for a while, another round for each worker goes ahead, then twice as many. Not so while workers are throttled: the
    /// scaler wants them already.
    /// </remarks>
    private int ScaleAhead(in WorkerCounts workers, TimeSpan wantedFor)
    {
        var up = Up(workers);
        var rounds = workers.Throttled > 0 ? 0 : (int)Math.Min(wantedFor / ScalerPatience, 10);
        return (up * PerWorker) + 1 + (up * ConcurrencyPerWorker * ((1 << rounds) - 1));
    }

    private static WaitReason Reason(in WorkerCounts workers) => workers switch
    {
        { Running: > 0 } => WaitReason.WorkersBusy,
        { Idle: > 0 } or { Initializing: > 0 } => WaitReason.WorkersStarting,
        { Throttled: > 0 } => WaitReason.WorkersThrottled,
        { Unhealthy: > 0 } => WaitReason.WorkersUnhealthy,
        _ => WaitReason.WorkersStarting,
    };

    private static BackendState State(in WorkerCounts workers, int free, int own) => workers switch
    {
        { Running: > 0 } => free > 0 ? BackendState.Ready : BackendState.Busy,
        { Idle: > 0 } => free > 0 ? BackendState.Ready : BackendState.Starting,
        { Initializing: > 0 } => BackendState.Starting,
        { Throttled: > 0 } => BackendState.Throttled,
        { Unhealthy: > 0 } => BackendState.Unhealthy,
        _ => own > 0 ? BackendState.Starting : BackendState.Cold,
    };
}
