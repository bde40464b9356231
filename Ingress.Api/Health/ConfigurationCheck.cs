using Ingress.Pipeline.Forwarding;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ingress.Api.Health;

/// <summary>
/// Whether RunPod takes what is configured. Values that break a rule never come this far; a key or endpoint id that RunPod refuses does.
/// While some endpoints of several work, the others are no reason to take the service away from them.
/// </summary>
internal sealed class ConfigurationCheck(IReadOnlyList<IJobBackend> backends) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var refused = backends.Where(static backend => IsRefused(backend.Snapshot.State)).ToArray();
        if (refused.Length == 0)
        {
            return Task.FromResult(HealthCheckResult.Healthy("no setting is known to be wrong"));
        }

        var description = $"RunPod refuses the key or id of: {string.Join(", ", refused.Select(static backend => backend.Name))}";
        return Task.FromResult(refused.Length == backends.Count
            ? HealthCheckResult.Unhealthy(description)
            : HealthCheckResult.Degraded(description));
    }

    private static bool IsRefused(BackendState state) => state is BackendState.Unauthorized or BackendState.NotFound;
}
