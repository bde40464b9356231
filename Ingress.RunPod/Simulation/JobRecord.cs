namespace Ingress.RunPod.Simulation;

/// <summary>A job as it was when asked: for tests and for <c>/_control/jobs</c>.</summary>
/// <remarks>Its sequence is 1, 2, 3 … in the order of acceptance, over all endpoints; its input is empty once the job is gone.</remarks>
internal sealed record JobRecord(
    string Id,
    string EndpointId,
    long Sequence,
    SimulatedJobState State,
    string? WorkerId,
    int Attempts,
    int Retries,
    long ChunksMade,
    long ChunksRead,
    ReadOnlyMemory<byte> Input,
    SimulatedPolicy Policy,
    IReadOnlyList<JobMoment> History)
{
    /// <summary>Gets how often <c>/cancel</c> was called for it, whatever became of the call.</summary>
    public int CancelCalls { get; init; }

    /// <summary>Gets a value indicating whether a fault kept its id from whoever sent it: nobody can follow or cancel it.</summary>
    public bool IsUnknown { get; init; }
}
