namespace Ingress.RunPod.Client;

/// <summary>The outcome of <c>/health</c>.</summary>
/// <param name="Reply">What came of the call, without a job.</param>
/// <param name="Health">The counts; set when, and only when, answered.</param>
internal readonly record struct HealthReply(RunPodReply Reply, EndpointHealth? Health);
