using Ingress.Pipeline.Operations;
using Ingress.Tests.Support;

namespace Ingress.Tests.Telemetry;

/// <summary>A service to which everything has happened that telemetry tells of.</summary>
internal static class LivelyRun
{
    /// <summary>Starts the service and lets it happen.</summary>
    /// <param name="collector">Where its telemetry goes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IngressServer> StartAsync(Collector collector, CancellationToken cancellationToken)
    {
        var server = await IngressServer.StartAsync(
            [
                .. collector.Settings,
                ("Simulator:Faults:0:Operation", "run"), ("Simulator:Faults:0:Status", "429"), ("Simulator:Faults:0:Count", "1"),
            ]);
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("turned away, then completed", "one two", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        await client.SendAsync("""{"type":"request","id":"failed","input":{"simulate":{"error":"x"}}}""", cancellationToken);
        await client.ReceiveEventAsync("request.failed", cancellationToken);
        await client.SendAsync(
            """{"type":"request","id":"cancelled","input":{"prompt":"a b c d e","simulate":{"chunkDelayMs":3000}}}""", cancellationToken);
        await client.ReceiveEventAsync("request.output", cancellationToken);
        await client.SendAsync("""{"type":"cancel","id":"cancelled"}""", cancellationToken);
        await client.ReceiveEventAsync("request.cancelled", cancellationToken);
        server.Get<PipelineOperations>().SetPaused(null, paused: true);
        await client.SendAsync("""{"type":"request","id":"expired","input":{},"maxWaitMs":100}""", cancellationToken);
        await client.ReceiveEventAsync("request.cancelled", cancellationToken);
        await client.SendAsync("no json", cancellationToken);
        await client.ReceiveEventAsync("error", cancellationToken);
        return server;
    }
}
