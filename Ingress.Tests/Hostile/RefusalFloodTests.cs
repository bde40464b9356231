using Ingress.Pipeline.Connections;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>A flood of what is refused: each is answered and counted by its reason, and the log stays small and says nothing of what was in it.</summary>
public sealed class RefusalFloodTests
{
    private const int Flood = 100_000;
    private const int MostLines = 60;
    private const string Secret = "hunter2";

    private static readonly (string Message, string Code)[] Bad =
    [
        ($$"""{{{Secret}}""", "invalid_json"),
        ($$"""["{{Secret}}"]""", "invalid_message"),
        ($$"""{"type":"{{Secret}}"}""", "unknown_type"),
        ($$"""{"type":"cancel","id":"{{Secret}}"}""", "unknown_request"),
    ];

    [Test]
    [CancelAfter(240_000)]
    public async Task Messages_AHundredThousandBad_AreAnsweredAndCountedAndHardlyLogged(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(
            cancellationToken, ("WebSocket:MaxOutboundBytes", "268435456"), ("WebSocket:SendTimeout", "00:04:00")); // a busy machine's reader is slow
        using var socket = await server.ConnectAsync(cancellationToken);
        var answers = CountAnswersAsync(socket, cancellationToken);
        var batch = Enumerable.Range(0, 1000).SelectMany(static i => RawFrame.EncodeText(Bad[i % Bad.Length].Message)).ToArray();
        for (var sent = 0; sent < Flood; sent += 1000)
        {
            await socket.SendAsync(batch, cancellationToken);
        }

        var counted = await answers;
        counted.Should().HaveCount(Bad.Length).And.OnlyContain(static pair => pair.Value == Flood / 4);
        var metrics = await server.Server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
        foreach (var (_, code) in Bad)
        {
            CountOf(metrics, code).Should().Be(Flood / 4);
        }

        AssertQuiet(server);
        await socket.SendAsync(RawFrame.EncodeClose(1000), cancellationToken);
        socket.HalfClose();
        await server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task Connections_ThatBreakTheProtocolOrAreTurnedAway_AreCountedAndHardlyLogged(CancellationToken cancellationToken)
    {
        const int Each = 300;
        await using var server = await AttackedServer.StartAsync(cancellationToken, ("WebSocket:MaxConnections", "2"));
        for (var i = 0; i < Each; i++)
        {
            using var socket = await server.ConnectAsync(cancellationToken);
            using var turnedAway = await UpgradeRequest.SendAsync(server.Server, cancellationToken);
            turnedAway.StatusCode.Should().Be(System.Net.HttpStatusCode.ServiceUnavailable);
            turnedAway.Headers.RetryAfter.Should().NotBeNull();
            await socket.SendAsync(RawFrame.Encode(RawFrame.Text, i % 2 == 0 ? [0xFF] : "{}"u8, masked: i % 2 == 0), cancellationToken);
            (await socket.ReadToCloseAsync(cancellationToken))[^1].CloseCode.Should().Be(i % 2 == 0 ? 1007 : 1002);
            socket.HalfClose();
            while (server.Server.Get<ConnectionHandler>().Active > 1)
            {
                await Task.Delay(1, cancellationToken);
            }
        }

        var metrics = await server.Server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
        CountOf(metrics, "protocol_error").Should().Be(Each / 2);
        CountOf(metrics, "invalid_utf8").Should().Be(Each / 2);
        CountOf(metrics, "connection_limit").Should().Be(Each);
        AssertQuiet(server);
        await server.AssertUnharmedAsync(cancellationToken);
    }

    private static void AssertQuiet(AttackedServer server)
    {
        server.Server.Logs.Lines.Count.Should().BeLessThan(MostLines);
        server.Server.Logs.Lines.Should().NotContain(static line => line.Everything.Contains(Secret));
    }

    private static long CountOf(string metrics, string code) => metrics.Split('\n')
        .Where(line => line.StartsWith("ingress_requests_rejected", StringComparison.Ordinal) && line.Contains($"error_type=\"{code}\""))
        .Select(static line => long.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)).Sum();

    private static async Task<Dictionary<string, int>> CountAnswersAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        var counted = new Dictionary<string, int>();
        for (var answers = 0; answers < Flood; answers++)
        {
            var refused = await socket.ReadEventAsync("error", cancellationToken);
            var code = refused.GetProperty("error").GetProperty("code").GetString()!;
            counted[code] = counted.GetValueOrDefault(code) + 1;
        }

        return counted;
    }
}
