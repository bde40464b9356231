namespace Ingress.Pipeline.Forwarding;

/// <summary>The backend's answer to a job that was handed over.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="JobId">The backend's id of the job; set when, and only when, it was accepted.</param>
/// <param name="Message">What a client may be told; null when accepted. Holds no payload and no key.</param>
public sealed record SubmitResult(SubmitOutcome Outcome, string? JobId = null, string? Message = null);
