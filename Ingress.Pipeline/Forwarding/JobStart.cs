namespace Ingress.Pipeline.Forwarding;

/// <summary>That a worker has taken a job up.</summary>
/// <param name="WorkerId">The worker, where the backend told.</param>
/// <param name="DelayMs">How long the job waited at the backend, in milliseconds, where the backend told.</param>
/// <param name="Attempt">1 for the first start; more where the backend has started the job again from its beginning.</param>
public readonly record struct JobStart(string? WorkerId, long? DelayMs, int Attempt);
