namespace Ingress.RunPod.Simulation;

/// <summary>An open <c>job-take</c>: completes with the jobs handed over, or with none when its time is up.</summary>
internal sealed class JobTake(AttachedWorker worker, int size)
    : TaskCompletionSource<IReadOnlyList<SimulatedJob>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public AttachedWorker Worker { get; } = worker;

    public int Size { get; } = size;

    public ScheduledCall? Expiry { get; set; }
}
