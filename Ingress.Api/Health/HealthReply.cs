namespace Ingress.Api.Health;

/// <summary>The answer of <c>/health/live</c> and <c>/health/ready</c>.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>: the worst of the checks.</param>
/// <param name="Checks">The checks by name.</param>
internal sealed record HealthReply(string Status, IReadOnlyDictionary<string, HealthCheckReply> Checks);
