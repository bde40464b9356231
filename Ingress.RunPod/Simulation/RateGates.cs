namespace Ingress.RunPod.Simulation;

/// <summary>
/// The published limits of an endpoint, by operation. The growth per worker is that of the 2024 pages; newer ones name none.
/// </summary>
internal sealed class RateGates
{
    private readonly RateGate _run = new(1_000, 200, 200);
    private readonly RateGate _runSync = new(2_000, 400, 400);

    // One pool for all reads, as the 2024 and 2025 pages say; the newer ones leave it open.
    private readonly RateGate _reads = new(2_000, 400, 400);
    private readonly RateGate _cancel = new(100, 20, 20);
    private readonly RateGate _purge = new(2, 0, int.MaxValue);

    /// <summary>Gives an operation's limit; null where none is published.</summary>
    public RateGate? Of(SimulatedOperation operation) => operation switch
    {
        SimulatedOperation.Run => _run,
        SimulatedOperation.RunSync => _runSync,
        SimulatedOperation.Status or SimulatedOperation.StatusSync or SimulatedOperation.Stream => _reads,
        SimulatedOperation.Cancel => _cancel,
        SimulatedOperation.PurgeQueue => _purge,
        _ => null,
    };
}
