using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using Ingress.Api.Problems;
using Ingress.Pipeline.Telemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ingress.Api.Telemetry;

/// <summary>Telemetry through OpenTelemetry: metrics for whoever scrapes them, and everything over OTLP where that is configured.</summary>
internal static class TelemetryExtensions
{
    private const string ServiceName = "infra-ingress";
    private const string AspNetCoreSource = "Microsoft.AspNetCore";
    private const string HttpClientSource = "System.Net.Http";

    private static readonly string[] Meters =
        [IngressTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", HttpClientSource];

    /// <summary>Adds telemetry to the host.</summary>
    /// <param name="builder">The host's builder; <c>OTEL_*</c> are read from its configuration.</param>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Logging.KeepQueriesOut();
        var otlp = OtlpSettings.Read(builder.Configuration);
        if (otlp.IsDisabled)
        {
            return;
        }

        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(static resource => resource
            .AddService(ServiceName, serviceVersion: Assembly.GetExecutingAssembly().GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector()); // after our own name, so that OTEL_SERVICE_NAME wins
        builder.Services.ConfigureOpenTelemetryMeterProvider(static (provider, metrics) =>
            metrics.AddView(OwnInstrumentsOnly(provider.GetRequiredService<IMeterFactory>())));
        telemetry.WithMetrics(metrics => AddMetrics(metrics, otlp));
        if (otlp.Traces.IsOn)
        {
            // Without this listener no span is ever made: tracing that nobody reads costs nothing.
            AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
            telemetry.WithTracing(tracing => AddTraces(tracing, otlp));
        }

        if (otlp.Logs.IsOn)
        {
            telemetry.WithLogging(
                logs => logs.AddOtlpExporter(otlp.Logs.Apply),
                static options =>
                {
                    options.IncludeFormattedMessage = true;
                    options.IncludeScopes = true;
                });
        }
    }

    /// <summary>Maps <c>/metrics</c>.</summary>
    /// <param name="web">The application.</param>
    public static void MapTelemetry(this WebApplication web)
    {
        if (OtlpSettings.Read(web.Configuration).IsDisabled)
        {
            web.MapGet("/metrics", static () => Problem.Result(StatusCodes.Status404NotFound, "OTEL_SDK_DISABLED switches telemetry off."))
                .ExcludeFromDescription();
            return;
        }

        web.MapPrometheusScrapingEndpoint().DisableHttpMetrics();
    }

    private static void AddMetrics(MeterProviderBuilder metrics, OtlpSettings otlp)
    {
        metrics.AddMeter(Meters).AddRuntimeInstrumentation().AddPrometheusExporter();
        if (otlp.Metrics.IsOn)
        {
            metrics.AddOtlpExporter(otlp.Metrics.Apply);
        }
    }

    private static void AddTraces(TracerProviderBuilder tracing, OtlpSettings otlp)
    {
        tracing.AddSource(IngressTelemetry.Name, AspNetCoreSource, HttpClientSource);
        tracing.AddProcessor(static provider => new QuietSpans(provider.GetRequiredService<ActivitySource>()));
        tracing.AddProcessor<RunPodSpans>();
        tracing.AddOtlpExporter(otlp.Traces.Apply);
    }

    /// <summary>
    /// Leaves out the instruments of other hosts in this process, such as the embedded simulator's web server: under the same names they
    /// would be scraped as duplicates.
    /// </summary>
    private static Func<Instrument, MetricStreamConfiguration?> OwnInstrumentsOnly(IMeterFactory own) =>
        instrument => instrument.Meter.Scope is { } scope && scope != own ? MetricStreamConfiguration.Drop : null;
}
