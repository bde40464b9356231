namespace Ingress.RunPod.Client;

/// <summary>
/// What RunPod says of a job in any of its answers. Everything but the state may be missing. Outputs are slices of the answer's own
/// bytes, as RunPod sent them.
/// </summary>
internal sealed record JobAnswer
{
    public string? Id { get; init; }

    public JobStatus Status { get; init; }

    /// <summary>Gets how long the job waited, in milliseconds; the last attempt's, where RunPod has run it again.</summary>
    public long? DelayMs { get; init; }

    public long? ExecutionMs { get; init; }

    public string? WorkerId { get; init; }

    /// <summary>Gets how often RunPod has started the job again; RunPod leaves it out while that is never.</summary>
    public int Retries { get; init; }

    /// <summary>
    /// Gets <c>output</c>, or null where there is none. While the job runs this is a progress update, not the result.
    /// </summary>
    public ReadOnlyMemory<byte>? Output { get; init; }

    /// <summary>Gets <c>error</c>: a string's text, or another value's JSON.</summary>
    public string? Error { get; init; }

    /// <summary>Gets the chunks of a <c>/stream</c> answer in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chunks { get; init; } = [];

    /// <summary>Gets whether the job has ended, whichever way.</summary>
    public bool HasEnded => Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled or JobStatus.TimedOut;
}
