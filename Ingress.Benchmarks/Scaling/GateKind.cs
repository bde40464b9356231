namespace Ingress.Benchmarks.Scaling;

/// <summary>Who decides when a request goes to RunPod.</summary>
internal enum GateKind
{
    /// <summary>The service.</summary>
    Service,

    /// <summary>A gate that sends a request for each worker that <c>/health</c> calls idle, looking once a second.</summary>
    WaitsForIdle,

    /// <summary>No gate: everything goes at once.</summary>
    ForwardsAll,
}
