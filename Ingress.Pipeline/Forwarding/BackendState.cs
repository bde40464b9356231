namespace Ingress.Pipeline.Forwarding;

/// <summary>What state a backend is in; shown by <c>/status</c> and <c>/health/ready</c> in snake case.</summary>
public enum BackendState
{
    /// <summary>Nothing is known yet.</summary>
    Unknown,

    /// <summary>There is room for another job.</summary>
    Ready,

    /// <summary>Every worker is busy, or our own limit is reached.</summary>
    Busy,

    /// <summary>No worker is up; one starts when a job arrives.</summary>
    Cold,

    /// <summary>Workers are starting.</summary>
    Starting,

    /// <summary>Only throttled workers.</summary>
    Throttled,

    /// <summary>Only unhealthy workers.</summary>
    Unhealthy,

    /// <summary>The backend cannot be reached or answers with errors.</summary>
    Unavailable,

    /// <summary>The backend refuses our key (401, 403).</summary>
    Unauthorized,

    /// <summary>The backend does not know the endpoint (404).</summary>
    NotFound,
}
