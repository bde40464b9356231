namespace Ingress.RunPod.Simulation;

/// <summary>What an endpoint has done so far, without any lag.</summary>
internal sealed record EndpointStats(string EndpointId, HealthCounts Counts, TimeSpan Billed, IReadOnlyList<OperationCount> Operations)
{
    public OperationCount Of(SimulatedOperation operation) => Operations[(int)operation];
}
