using Ingress.Pipeline.Forwarding;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ingress.Api.Health;

/// <summary>
/// Whether an endpoint would take a request now. Where it would not, the request waits, which is what the queue is for: that is degraded,
/// never unhealthy.
/// </summary>
/// <param name="backend">The endpoint.</param>
internal sealed class RunPodCheck(IJobBackend backend) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var snapshot = backend.Snapshot;
        var state = BackendStateNames.Of(snapshot.State);
        return Task.FromResult(snapshot.State == BackendState.Ready
            ? HealthCheckResult.Healthy(state)
            : HealthCheckResult.Degraded(snapshot.Error is { } error ? $"{state}: {error}" : state));
    }
}
