namespace Ingress.RunPod.Client;

/// <summary>The body of <c>/health</c>. Every part may be missing: RunPod's own pages show fewer counts than it sends.</summary>
/// <param name="Jobs">The jobs of all clients of the endpoint.</param>
/// <param name="Workers">The endpoint's workers; without them a body is no health answer.</param>
internal sealed record EndpointHealth(HealthJobs? Jobs, HealthWorkers? Workers);
