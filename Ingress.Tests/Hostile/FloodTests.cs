using System.Text.Json;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>Clients that send without a pause, on a connection from which there is always something to read.</summary>
public sealed class FloodTests
{
    private const int Length = 2 << 20;

    // Small frames cost more than their bytes.
    private const int Small = 64 << 10;
    private const int Large = 256 << 10;

    private static IEnumerable<TestCaseData> Floods()
    {
        yield return Flood("messages", Small, [], RawFrame.EncodeText("[]"));
        yield return Flood("pings", Small, [], RawFrame.Encode(RawFrame.Ping, []));
        yield return Flood(
            "a message in parts", Small, RawFrame.EncodeText("{", final: false), RawFrame.EncodeText(" ", final: false, RawFrame.Continuation));
        yield return Flood("a message without an end", Large, RawFrame.Encode(RawFrame.Text, [], announced: 4 << 20), [(byte)' ']);
        yield return Flood("anything, after what breaks the protocol", Large, RawFrame.Encode(RawFrame.Text, [], masked: false), [0]);

        static TestCaseData Flood(string name, int most, byte[] first, byte[] again) => new(most, first, again) { TestName = $"{{m}}({name})" };
    }

    [TestCaseSource(nameof(Floods))]
    [CancelAfter(60_000)]
    public async Task Client_ThatSendsWithoutAPause_GivesUpTheThreadThatReadsFromIt(
        int most, byte[] first, byte[] again, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        using var stream = new FloodStream(first, again, Length);
        using var socket = new FrameWebSocket(stream, "ingress.v1", static () => { }, harness.Time);
        harness.Handler.TryReserve();

        var served = harness.Handler.RunAsync(socket, WireProtocol.V1, new ClientIdentity("p"));

        stream.ReadByOwner.Should().BePositive().And.BeLessThanOrEqualTo(most);
        await served.WaitAsync(cancellationToken);
        harness.Handler.Release();
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Clients_ThatSendWithoutAPause_AreAnsweredInOrderAndSoAreTheOthers(CancellationToken cancellationToken)
    {
        // A process of its own: only there are sockets served on the threads that poll for them.
        await using var service = ServiceProcess.Start(["--urls", "http://127.0.0.1:0"], ("ASPNETCORE_ENVIRONMENT", "Development"));
        var address = new UriBuilder(await service.WaitForAddressAsync(cancellationToken)) { Scheme = "ws", Path = "/ws" }.Uri;
        using var enough = new CancellationTokenSource();
        var greedy = Enumerable.Range(0, 8).Select(_ => FloodAsync(address, enough.Token, cancellationToken)).ToArray();
        using var honest = await RawWebSocket.ConnectAsync(address, cancellationToken);

        for (var i = 0; i < 3; i++)
        {
            await honest.SendTextAsync($$"""{"input":{"prompt":"one two"},"type":"request","id":"h{{i}}"}""", cancellationToken);
            (await honest.ReadEventAsync("request.completed", cancellationToken)).GetProperty("id").GetString().Should().Be($"h{i}");
        }

        greedy.Should().OnlyContain(static flood => !flood.IsCompleted, "the others are served all the while");
        await enough.CancelAsync();
        (await Task.WhenAll(greedy)).Should().OnlyContain(static answered => answered > 0);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Client_ThatSendsMuchAndClosesInOneBreath_IsAnsweredBeforeTheClose(CancellationToken cancellationToken)
    {
        const int Messages = 200;
        await using var service = ServiceProcess.Start(["--urls", "http://127.0.0.1:0"], ("ASPNETCORE_ENVIRONMENT", "Development"));
        var address = new UriBuilder(await service.WaitForAddressAsync(cancellationToken)) { Scheme = "ws", Path = "/ws" }.Uri;
        using var socket = await RawWebSocket.ConnectAsync(address, cancellationToken);
        await socket.ReadEventAsync("session.opened", cancellationToken);
        var all = Enumerable.Range(0, Messages).SelectMany(static _ => RawFrame.EncodeText("[]"));

        await socket.SendAsync(all.Concat(RawFrame.EncodeClose(1000)).ToArray(), cancellationToken);

        var frames = await socket.ReadToCloseAsync(cancellationToken);
        frames.Should().HaveCount(Messages + 1);
        frames[^1].CloseCode.Should().Be(1000);
    }

    // Each message names itself in its answer; nothing may be missing, doubled or out of order. Gives their number.
    private static async Task<int> FloodAsync(Uri address, CancellationToken enough, CancellationToken cancellationToken)
    {
        const int Batch = 200;
        using var window = new SemaphoreSlim(10); // batches: more are there than are answered at once, and less than would make it a slow reader
        using var socket = await RawWebSocket.ConnectAsync(address, cancellationToken);
        var sent = 0;
        var answers = CheckAnswersAsync();
        while (!enough.IsCancellationRequested)
        {
            await window.WaitAsync(cancellationToken);
            var batch = Enumerable.Range(sent, Batch).SelectMany(static i => RawFrame.EncodeText($$"""{"type":"cancel","id":"{{i}}"}""")).ToArray();
            await socket.SendAsync(batch, cancellationToken);
            sent += Batch;
        }

        await socket.SendTextAsync("""{"type":"ping"}""", cancellationToken);
        (await answers).Should().Be(sent);
        return sent;

        async Task<int> CheckAnswersAsync()
        {
            await socket.ReadEventAsync("session.opened", cancellationToken);
            for (var next = 0; ; next++)
            {
                using var answer = JsonDocument.Parse((await socket.ReadFrameAsync(cancellationToken))!.Payload);
                if (answer.RootElement.GetProperty("type").GetString() == "pong")
                {
                    return next;
                }

                answer.RootElement.GetProperty("id").GetString().Should().Be($"{next}");
                if ((next + 1) % Batch == 0)
                {
                    window.Release();
                }
            }
        }
    }
}
