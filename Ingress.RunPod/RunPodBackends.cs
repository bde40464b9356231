using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingress.RunPod;

/// <summary>All configured endpoints, the default one first. Owns them.</summary>
internal sealed class RunPodBackends : IDisposable
{
    public RunPodBackends(IOptions<RunPodOptions> options, RunPodMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        All = [.. EndpointSettings.From(options.Value).Select(settings => new RunPodBackend(settings, metrics, time, loggers))];
        metrics.Show([.. All.Cast<IJobBackend>()]);
    }

    /// <summary>Gets the endpoints.</summary>
    public IReadOnlyList<RunPodBackend> All { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var backend in All)
        {
            backend.Dispose();
        }
    }
}
