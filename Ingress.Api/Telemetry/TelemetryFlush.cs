using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Ingress.Api.Telemetry;

/// <summary>Sends the last telemetry.</summary>
internal static class TelemetryFlush
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Sends what is left of all signals at once. Left to themselves they follow one another when the host is disposed, and a collector
    /// that hangs holds each of them for its whole time.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <returns>A task that ends when all is sent, or the time for it is over.</returns>
    public static Task ShutDownAsync(IServiceProvider services)
    {
        var limit = (int)Limit.TotalMilliseconds;
        return Task.WhenAll(
            Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(limit)),
            Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(limit)),
            Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(limit)));
    }
}
