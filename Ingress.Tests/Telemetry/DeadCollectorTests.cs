using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ingress.Tests.Support;

namespace Ingress.Tests.Telemetry;

/// <summary>Whoever collects telemetry may be gone or stuck: conversations and the stop go on as if nobody did.</summary>
[TestFixture, NonParallelizable]
internal sealed class DeadCollectorTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(3);

    // What is left at the end is given up after five seconds, for all signals together.
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(9);

    [TestCase(true, TestName = "Service_CollectorRefuses_IsAsQuickAsWithoutOne")]
    [TestCase(false, TestName = "Service_CollectorHangs_IsAsQuickAsWithoutOne")]
    [CancelAfter(60_000)]
    public async Task Service_CollectorDead_IsAsQuickAsWithoutOne(bool refuses, CancellationToken cancellationToken)
    {
        using var dead = new TcpListener(IPAddress.Loopback, 0); // takes connections into its backlog and never answers
        dead.Start();
        var port = ((IPEndPoint)dead.LocalEndpoint).Port;
        if (refuses)
        {
            dead.Stop();
        }

        var server = await IngressServer.StartAsync(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "10"),
            ("OTEL_BLRP_SCHEDULE_DELAY", "10"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50"));
        await using (var client = await server.ConnectAsync(cancellationToken))
        {
            await ConverseAsync(client, "warm-up", cancellationToken);
            for (var i = 0; i < 10; i++)
            {
                (await ConverseAsync(client, $"r{i}", cancellationToken)).Should().BeLessThan(Usual);
            }

            (await server.Http.GetStringAsync("/metrics", cancellationToken))
                .Should().MatchRegex("""ingress_requests_total\{[^}]*completed[^}]*\} 11""", "a scrape does not go by the collector");
            await client.CloseAsync(cancellationToken);
        }

        var clock = Stopwatch.StartNew();
        await server.StopAsync(cancellationToken);
        clock.Elapsed.Should().BeLessThan(Usual, "the drain does not wait for telemetry");
        await server.DisposeAsync();
        clock.Elapsed.Should().BeLessThan(LongestStop, "the signals give up together, not one after another");
        TestContext.Out.WriteLine($"stopped after {clock.Elapsed}");
    }

    private static async Task<TimeSpan> ConverseAsync(TestClient client, string id, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await client.SendRequestAsync(id, "one", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        return clock.Elapsed;
    }
}
