using Ingress.Pipeline.Lifecycle;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ingress.Api.Health;

/// <summary>Whether the service is about to stop.</summary>
internal sealed class DrainingCheck(DrainState drain, IHostApplicationLifetime lifetime) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.IsDraining || lifetime.ApplicationStopping.IsCancellationRequested
            ? HealthCheckResult.Unhealthy("draining")
            : HealthCheckResult.Healthy("not draining"));
}
