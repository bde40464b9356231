namespace Ingress.Pipeline.Forwarding;

/// <summary>What is known of a backend at one moment. Immutable.</summary>
/// <param name="State">The state in one word.</param>
/// <param name="WaitReason">Why the request at the head would wait now.</param>
public sealed record BackendSnapshot(BackendState State, WaitReason WaitReason)
{
    /// <summary>Gets how many more jobs may be handed over now. 0 or more.</summary>
    public int FreeSlots { get; init; }

    /// <summary>Gets how many of our own jobs are at the backend and not known to have ended.</summary>
    public int OwnJobs { get; init; }

    /// <summary>Gets the most own jobs that may be at the backend.</summary>
    public int MaxOwnJobs { get; init; }

    /// <summary>Gets the workers as last sampled; null before the first good sample.</summary>
    public WorkerCounts? Workers { get; init; }

    /// <summary>Gets the jobs as last sampled; null before the first good sample.</summary>
    public JobCounts? Jobs { get; init; }

    /// <summary>Gets when the last good sample was taken.</summary>
    public DateTimeOffset? SampledAt { get; init; }

    /// <summary>Gets what is wrong, for an operator: what happened and what to do. Null when nothing is. Holds no key.</summary>
    public string? Error { get; init; }
}
