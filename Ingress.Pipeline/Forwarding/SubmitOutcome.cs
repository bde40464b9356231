namespace Ingress.Pipeline.Forwarding;

/// <summary>What became of a job that was handed over.</summary>
public enum SubmitOutcome
{
    /// <summary>The backend has it, under an id of its own.</summary>
    Accepted,

    /// <summary>The backend certainly does not have it: it may be handed over again, in its old place.</summary>
    NotTaken,

    /// <summary>The backend refuses this job for good.</summary>
    Rejected,

    /// <summary>The backend may or may not have it. It must not be handed over again.</summary>
    Unknown,
}
