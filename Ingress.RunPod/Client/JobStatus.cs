namespace Ingress.RunPod.Client;

/// <summary>A job's state on the wire.</summary>
internal enum JobStatus
{
    /// <summary>A state that this service does not know, or none. Never taken for an end.</summary>
    Unknown,

    /// <summary><c>IN_QUEUE</c>.</summary>
    Queued,

    /// <summary><c>IN_PROGRESS</c>, also spelt <c>RUNNING</c>.</summary>
    Running,

    /// <summary><c>COMPLETED</c>.</summary>
    Completed,

    /// <summary><c>FAILED</c>.</summary>
    Failed,

    /// <summary><c>CANCELLED</c>.</summary>
    Cancelled,

    /// <summary><c>TIMED_OUT</c>.</summary>
    TimedOut,
}
