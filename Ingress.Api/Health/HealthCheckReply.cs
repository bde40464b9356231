namespace Ingress.Api.Health;

/// <summary>One check.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</param>
/// <param name="Description">What it found, and what to do about it.</param>
internal sealed record HealthCheckReply(string Status, string? Description);
