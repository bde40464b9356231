using Microsoft.Extensions.Hosting;

namespace Ingress.RunPod;

/// <summary>Starts the endpoints with the host, and stops them after everything else, so that the last cancels still go out.</summary>
internal sealed class RunPodService(RunPodBackends backends) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var backend in backends.All)
        {
            backend.Start();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(backends.All.Select(backend => backend.StopAsync(cancellationToken)));
}
