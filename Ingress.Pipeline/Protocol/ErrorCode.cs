namespace Ingress.Pipeline.Protocol;

/// <summary>The error codes on the wire.</summary>
public static class ErrorCode
{
    /// <summary>The message is not JSON, or nested too deeply.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary>The message is JSON, but not of the form that the protocol asks for.</summary>
    public const string InvalidMessage = "invalid_message";

    /// <summary>The message's <c>type</c> is not known.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>A live request of the session has this id already.</summary>
    public const string DuplicateId = "duplicate_id";

    /// <summary>No live request of the session has this id.</summary>
    public const string UnknownRequest = "unknown_request";

    /// <summary>The message is larger than the service takes.</summary>
    public const string MessageTooLarge = "message_too_large";

    /// <summary>The queue is full.</summary>
    public const string QueueFull = "queue_full";

    /// <summary>The connection, or its principal, has as many requests pending as it may have.</summary>
    public const string ConnectionQueueFull = "connection_queue_full";

    /// <summary>The connection sends faster than it may.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The service is stopping.</summary>
    public const string Draining = "draining";

    /// <summary>The request waited longer than it may.</summary>
    public const string Expired = "expired";

    /// <summary>The request names an endpoint that is not configured.</summary>
    public const string UnknownEndpoint = "unknown_endpoint";

    /// <summary>RunPod refuses the payload.</summary>
    public const string PayloadRejected = "payload_rejected";

    /// <summary>RunPod refuses our key.</summary>
    public const string BackendUnauthorized = "backend_unauthorized";

    /// <summary>RunPod cannot be reached.</summary>
    public const string BackendUnavailable = "backend_unavailable";

    /// <summary>RunPod may or may not have taken the job; it is never sent twice.</summary>
    public const string DispatchUnknown = "dispatch_unknown";

    /// <summary>The job failed.</summary>
    public const string JobFailed = "job_failed";

    /// <summary>The job ran longer than it may.</summary>
    public const string JobTimedOut = "job_timed_out";

    /// <summary>RunPod no longer knows the job.</summary>
    public const string JobLost = "job_lost";
}
