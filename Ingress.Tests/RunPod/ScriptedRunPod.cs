using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.RunPod;

/// <summary>RunPod's job API over real HTTP on loopback. A test queues the replies of each operation; a default answers the rest.</summary>
internal sealed class ScriptedRunPod : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<RequestDelegate>> _scripts = new();
    private readonly ConcurrentDictionary<string, RequestDelegate> _defaults = new();
    private readonly ConcurrentDictionary<string, Channel<ScriptedCall>> _arrivals = new();
    private readonly ConcurrentQueue<ScriptedCall> _calls = new();
    private int _lastJob;

    private ScriptedRunPod(WebApplication app)
    {
        _app = app;
        Always("health", Replies.Json("""{"jobs":{"completed":0,"failed":0,"inProgress":0,"inQueue":0,"retried":0},"workers":{"idle":0,"initializing":0,"ready":0,"running":1,"throttled":0,"unhealthy":0}}"""));
        Always("run", context => Replies.Json($$"""{"id":"job-{{Interlocked.Increment(ref _lastJob)}}","status":"IN_QUEUE"}""")(context));
        Always("status", Replies.Json("""{"id":"job-1","status":"COMPLETED","delayTime":5,"executionTime":7,"workerId":"w1"}"""));
        Always("stream", Replies.Json("""{"status":"COMPLETED","stream":[]}"""));
        Always("cancel", Replies.Json("""{"id":"job-1","status":"CANCELLED"}"""));
    }

    /// <summary>Gets the root to configure as BaseUrl; the endpoint's id is the next segment.</summary>
    public string BaseUrl { get; private set; } = string.Empty;

    public IReadOnlyList<ScriptedCall> Calls => [.. _calls];

    public static async Task<ScriptedRunPod> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedRunPod(app);
        app.Map("/v2/{endpoint}/{operation}/{id?}", (RequestDelegate)server.AnswerAsync);
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.BaseUrl = $"{address}/v2";
        return server;
    }

    public int Count(string operation) => _calls.Count(call => call.Operation == operation);

    /// <summary>Queues replies, one for each of the next calls.</summary>
    public ScriptedRunPod Then(string operation, params RequestDelegate[] replies)
    {
        foreach (var reply in replies)
        {
            _scripts.GetOrAdd(operation, static _ => new()).Enqueue(reply);
        }

        return this;
    }

    /// <summary>Sets what answers when the queue is empty.</summary>
    public ScriptedRunPod Always(string operation, RequestDelegate reply)
    {
        _defaults[operation] = reply;
        return this;
    }

    /// <summary>Waits for the next call of an operation that was not waited for yet.</summary>
    public async Task<ScriptedCall> ArrivalAsync(string operation, CancellationToken cancellationToken) =>
        await Arrivals(operation).Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
    }

    private Channel<ScriptedCall> Arrivals(string operation) =>
        _arrivals.GetOrAdd(operation, static _ => Channel.CreateUnbounded<ScriptedCall>());

    private async Task AnswerAsync(HttpContext context)
    {
        var operation = (string)context.Request.RouteValues["operation"]!;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var call = new ScriptedCall(
            operation,
            (string)context.Request.RouteValues["endpoint"]!,
            context.Request.RouteValues["id"] as string,
            context.Request.Method,
            context.Request.QueryString.Value ?? string.Empty,
            context.Request.Headers.ToDictionary(static h => h.Key, static h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Encoding.UTF8.GetString(body.ToArray()));
        _calls.Enqueue(call);
        Arrivals(operation).Writer.TryWrite(call);
        var reply = _scripts.TryGetValue(operation, out var script) && script.TryDequeue(out var next) ? next : _defaults[operation];
        await reply(context);
    }
}
