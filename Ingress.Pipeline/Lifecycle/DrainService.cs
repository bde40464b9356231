using Microsoft.Extensions.Hosting;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Drains before any hosted service stops, and so while the listener is still open: a balancer sees "not ready" instead of a closed port,
/// and the server has no WebSocket left to wait for when its turn to stop comes.
/// </summary>
internal sealed class DrainService(DrainCoordinator coordinator) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => coordinator.DrainAsync();

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
