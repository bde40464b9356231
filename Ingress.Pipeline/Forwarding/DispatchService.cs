using Ingress.Pipeline.Queueing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Forwarding;

/// <summary>Runs a dispatcher for each endpoint.</summary>
internal sealed class DispatchService(
    LaneCatalog lanes, RequestRunner runner, RequestEnding ending, TimeProvider time, ILogger<Dispatcher> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(lanes.All.Select(lane => new Dispatcher(lane, runner, ending, time, logger).RunAsync(stoppingToken)));
}
