namespace Ingress.RunPod.Simulation;

/// <summary>One open long-poll. Completes when there may be something to answer; the holder then looks again.</summary>
internal sealed class JobWaiter(bool wantsChunks) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Gets a value indicating whether a chunk wakes it, and not only the job's end.</summary>
    public bool WantsChunks { get; } = wantsChunks;
}
