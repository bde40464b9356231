using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Calls the housekeeping for as long as the service runs, through a drain too. On a thread of its own: a look then wakes one thread, where a
/// timer and the pool take two, and what is stuck is cut off in time however busy the pool is.
/// </summary>
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
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stoppingToken)
    {
        var pause = Housekeeping.ShortestPause;
        while (!stoppingToken.WaitHandle.WaitOne(pause))
        {
            pause = Sweep();
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
