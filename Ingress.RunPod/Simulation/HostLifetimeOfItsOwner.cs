using Microsoft.Extensions.Hosting;

namespace Ingress.RunPod.Simulation;

/// <summary>
/// Lives exactly as long as its owner wants. The default lifetime would answer SIGTERM itself and take RunPod away from a service that is
/// still
/// draining.
/// </summary>
internal sealed class HostLifetimeOfItsOwner : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
