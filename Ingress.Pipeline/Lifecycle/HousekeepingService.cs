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
    /// <summary>How exact waits and graces are; too seldom to cost anything while nothing is due.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

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
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private void Sweep()
    {
        try
        {
            housekeeping.Sweep();
        }
        catch (Exception e)
        {
            LogFault(e);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Housekeeping met an unexpected error and goes on.", EventName = "HousekeepingFault")]
    private partial void LogFault(Exception exception);
}
