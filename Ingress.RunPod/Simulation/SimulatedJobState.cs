namespace Ingress.RunPod.Simulation;

/// <summary>The states a job passes through, as RunPod names them on the wire.</summary>
internal enum SimulatedJobState
{
    InQueue,
    InProgress,
    Completed,
    Failed,
    Cancelled,
    TimedOut,

    /// <summary>Deleted by its TTL or at the end of its retention: answered with 404. Seen in the history only.</summary>
    Gone,
}
