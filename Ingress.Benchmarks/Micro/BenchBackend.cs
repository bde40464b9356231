using Ingress.Pipeline.Forwarding;

namespace Ingress.Benchmarks.Micro;

/// <summary>A backend that never has room: what comes waits.</summary>
internal sealed class BenchBackend : IJobBackend
{
    public string Name => "default";

    public BackendSnapshot Snapshot { get; } = new(BackendState.Busy, WaitReason.WorkersBusy);

    public TimeSpan PollInterval => TimeSpan.FromSeconds(1);

    public void Attach(IDemand demand)
    {
        // Nobody asks.
    }

    public void DemandChanged()
    {
        // Nothing to wake.
    }

    public async ValueTask<IJobSlot> AcquireSlotAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        throw new OperationCanceledException(cancellationToken);
    }
}
