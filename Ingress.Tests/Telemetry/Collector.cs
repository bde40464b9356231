using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Telemetry;

/// <summary>Takes what a service exports over OTLP (HTTP with protobuf), and reads it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentQueue<OtlpLog> _logs = new();
    private readonly ConcurrentDictionary<string, OtlpMetric> _metrics = new();
    private readonly ConcurrentQueue<string> _contentTypes = new();

    private Collector(WebApplication app) => _app = app;

    /// <summary>Gets the spans so far.</summary>
    public IReadOnlyCollection<OtlpSpan> Spans => _spans;

    /// <summary>Gets the lines so far.</summary>
    public IReadOnlyCollection<OtlpLog> Logs => _logs;

    /// <summary>Gets the metrics by name, each as it came last.</summary>
    public IReadOnlyDictionary<string, OtlpMetric> Metrics => _metrics;

    /// <summary>Gets the content types of all exports.</summary>
    public IReadOnlyCollection<string> ContentTypes => _contentTypes;

    /// <summary>Gets the settings that point a service here.</summary>
    public (string Key, string? Value)[] Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", _app.Urls.First()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
    ];

    /// <summary>Starts on a free port.</summary>
    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var collector = new Collector(app);
        app.MapPost("/v1/{signal}", collector.TakeAsync);
        await app.StartAsync();
        return collector;
    }

    /// <summary>Waits until something has come.</summary>
    /// <param name="hasCome">Tells whether it has.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task UntilAsync(Func<Collector, bool> hasCome, CancellationToken cancellationToken)
    {
        while (!hasCome(this))
        {
            await Task.Delay(10, cancellationToken);
        }
    }

    /// <summary>Waits until the span with which a request's trace ends has come, and gives the whole trace, in order of beginning.</summary>
    /// <param name="traceId">The trace.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<OtlpSpan>> TraceAsync(string traceId, CancellationToken cancellationToken)
    {
        await UntilAsync(each => each._spans.Any(span => span.TraceId == traceId && span.Name == "ingress process"), cancellationToken);
        return [.. _spans.Where(span => span.TraceId == traceId).OrderBy(static span => span.Start)];
    }

    /// <summary>Stops.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _contentTypes.Enqueue(context.Request.ContentType ?? string.Empty);
        var export = new ProtoReader(body.ToArray());
        switch ((string)context.Request.RouteValues["signal"]!)
        {
            case "traces":
                Add(_spans, OtlpSpan.Read(export));
                break;
            case "logs":
                Add(_logs, OtlpLog.Read(export));
                break;
            default:
                foreach (var metric in OtlpMetric.Read(export))
                {
                    _metrics[metric.Name] = metric;
                }

                break;
        }

        context.Response.ContentType = "application/x-protobuf";
    }

    private static void Add<T>(ConcurrentQueue<T> to, IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            to.Enqueue(item);
        }
    }
}
