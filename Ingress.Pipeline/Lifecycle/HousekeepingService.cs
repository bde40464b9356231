using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>Calls the housekeeping for as long as the service runs, through a drain too.</summary>
internal sealed partial class HousekeepingService(
    Housekeeping housekeeping,
    IngressMetrics metrics,
    LaneCatalog lanes,
    LeakAudit audit,
    TimeProvider time,
    ILogger<HousekeepingService> logger) : BackgroundService
{
    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Begin();
        QueueGauges.Add(metrics, lanes, audit, time);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Housekeeping.ShortestPause;
        try
        {
            while (true)
            {
                await Task.Delay(pause, time, stoppingToken);
                pause = Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private TimeSpan Sweep()
    {
        try
        {
            return housekeeping.Sweep();
        }
        catch (Exception e)
        {
            LogFault(e);
            return Housekeeping.ShortestPause;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Housekeeping met an unexpected error and goes on.", EventName = "HousekeepingFault")]
    private partial void LogFault(Exception exception);
}
