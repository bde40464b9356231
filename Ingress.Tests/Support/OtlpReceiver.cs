using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ingress.Tests.Support;

/// <summary>Takes what a service exports over OTLP (HTTP with protobuf) and lets tests look for texts in it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, StringBuilder> _received = new();
    private readonly SemaphoreSlim _changed = new(0);

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>Gets the receiver's address, without a slash at its end.</summary>
    public string Address => _app.Urls.First();

    /// <summary>Gets the settings that point a service here.</summary>
    public (string Key, string? Value)[] Settings =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Address),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
    ];

    /// <summary>Starts a receiver on a free port.</summary>
    public static async Task<OtlpReceiver> StartAsync()
    {
        var app = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"]).Build();
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/{signal}", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>Gets what has come of a signal.</summary>
    /// <param name="signal"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
    public string Of(string signal)
    {
        var text = _received.GetOrAdd(signal, static _ => new StringBuilder());
        lock (text)
        {
            return text.ToString();
        }
    }

    /// <summary>Waits until a text has come.</summary>
    /// <param name="signal">Of which signal.</param>
    /// <param name="wanted">The text.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitForAsync(string signal, string wanted, CancellationToken cancellationToken)
    {
        while (!Of(signal).Contains(wanted, StringComparison.Ordinal))
        {
            await _changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Stops the receiver.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // The strings of a protobuf message stand in it as they are, which is all these tests need.
    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var text = _received.GetOrAdd((string)context.Request.RouteValues["signal"]!, static _ => new StringBuilder());
        lock (text)
        {
            text.Append(Encoding.Latin1.GetString(body.GetBuffer(), 0, (int)body.Length));
        }

        context.Response.ContentType = "application/x-protobuf";
        _changed.Release();
    }
}
