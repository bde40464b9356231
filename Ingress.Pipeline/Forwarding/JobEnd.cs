namespace Ingress.Pipeline.Forwarding;

/// <summary>How a job ended.</summary>
/// <param name="State">The final state. It is final: a backend that later says otherwise is not believed.</param>
public sealed record JobEnd(JobEndState State)
{
    /// <summary>Gets the final output as UTF-8 JSON, or null where there is none or everything was already streamed.</summary>
    public byte[]? Output { get; init; }

    /// <summary>Gets the backend's error text; null where it gave none.</summary>
    public string? Error { get; init; }

    /// <summary>Gets how long the job waited at the backend, in milliseconds.</summary>
    public long? DelayMs { get; init; }

    /// <summary>Gets how long the job ran, in milliseconds.</summary>
    public long? ExecutionMs { get; init; }

    /// <summary>Gets the worker that ran it.</summary>
    public string? WorkerId { get; init; }
}
