namespace Ingress.Pipeline.Forwarding;

/// <summary>How a job ended at the backend.</summary>
public enum JobEndState
{
    /// <summary>It ran to its end.</summary>
    Completed,

    /// <summary>It ran and failed.</summary>
    Failed,

    /// <summary>It ran or waited longer than it was allowed to.</summary>
    TimedOut,

    /// <summary>It was cancelled, by us or by somebody else.</summary>
    Cancelled,

    /// <summary>The backend no longer knows it, or could not be asked for longer than the job may live.</summary>
    Lost,
}
