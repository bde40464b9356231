namespace Ingress.Pipeline.Queueing;

/// <summary>How an acknowledged request ended; the values of the tag <c>ingress.outcome</c>, in lower case.</summary>
internal enum RequestOutcome
{
    /// <summary>The job ran to its end.</summary>
    Completed,

    /// <summary>The job, or handing it over, failed.</summary>
    Failed,

    /// <summary>It was cancelled: by its client, by the client's leaving while it ran, by somebody at RunPod, or by a shutdown.</summary>
    Cancelled,

    /// <summary>It waited longer than it may.</summary>
    Expired,

    /// <summary>Its connection closed while it was waiting.</summary>
    Skipped,
}
