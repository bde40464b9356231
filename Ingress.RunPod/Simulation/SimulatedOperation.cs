namespace Ingress.RunPod.Simulation;

/// <summary>The calls the simulator answers: RunPod's job API first, then its worker protocol.</summary>
internal enum SimulatedOperation
{
    Run,
    RunSync,
    Status,
    StatusSync,
    Stream,
    Cancel,
    Retry,
    PurgeQueue,
    Health,
    Metrics,
    JobTake,
    JobTakeBatch,
    JobStream,
    JobDone,
    JobStop,
    Ping,
}
