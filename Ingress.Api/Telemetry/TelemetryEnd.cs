using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Ingress.Api.Telemetry;

/// <summary>Sends what is left of the telemetry.</summary>
internal static class TelemetryEnd
{
    /// <summary>How long a collector may take for it; the process waits no longer to end.</summary>
    private const int PatienceMilliseconds = 5_000;

    /// <summary>
    /// Sends the rest of all signals at once. Left to the host, one would wait for the other, and a collector that hangs would hold the
    /// process three times as long.
    /// </summary>
    /// <param name="services">The host's services; nothing is recorded afterwards.</param>
    /// <returns>A task that ends when all is sent, or given up.</returns>
    public static Task EndTelemetryAsync(this IServiceProvider services) => Task.WhenAll(
        Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(PatienceMilliseconds)),
        Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(PatienceMilliseconds)),
        Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(PatienceMilliseconds)));
}
