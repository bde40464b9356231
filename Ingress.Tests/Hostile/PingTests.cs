
namespace Ingress.Tests.Hostile;

/// <summary>Pings from clients, few and many, and pings to clients that do not answer.</summary>
public sealed class PingTests
{
    private const int Million = 1_000_000;
    private const long MostGrowth = 64 << 20;

    [Test]
    [CancelAfter(30_000)]
    public async Task Ping_OnAnIdleConnection_IsAnsweredAtOnce(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(cancellationToken, ("WebSocket:KeepAliveInterval", "01:00:00"));
        using var socket = await server.ConnectAsync(cancellationToken);
        await socket.ReadEventAsync("session.opened", cancellationToken);
        for (var i = 0; i < 20; i++)
        {
            byte[] payload = [(byte)i, 0, 255];
            await socket.SendAsync(RawFrame.Encode(RawFrame.Ping, payload), cancellationToken);
            var pong = await socket.ReadFrameAsync(cancellationToken);
            pong!.Opcode.Should().Be(RawFrame.Pong);
            pong.Payload.Should().Equal(payload);
        }
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Ping_InTheMiddleOfAMessage_IsAnsweredBeforeItsEnd(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(cancellationToken, ("WebSocket:KeepAliveInterval", "01:00:00"));
        using var socket = await server.ConnectAsync(cancellationToken);
        await socket.ReadEventAsync("session.opened", cancellationToken);
        await socket.SendAsync(RawFrame.EncodeText("""{"type":""", final: false), cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Ping, "?"u8), cancellationToken);
        (await socket.ReadFrameAsync(cancellationToken))!.Opcode.Should().Be(RawFrame.Pong);
        await socket.SendAsync(RawFrame.EncodeText("\"ping\"}", opcode: 0), cancellationToken);
        await socket.ReadEventAsync("pong", cancellationToken);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task Ping_AMillionTimes_AreAnsweredOrBundledAndMemoryStaysFlat(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(cancellationToken);
        using var socket = await server.ConnectAsync(cancellationToken);
        await socket.ReadEventAsync("session.opened", cancellationToken);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var reading = ReadUntilPongAsync(socket, "last"u8.ToArray(), cancellationToken);
        await SendPingsAsync(socket, cancellationToken);
        await server.AskAsync(cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Ping, "last"u8), cancellationToken);

        // RFC 6455, 5.5.3: of several pings that came before it could answer, an endpoint may answer the last alone.
        (await reading).Should().BeInRange(1, Million + 1);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(MostGrowth);
        socket.Reset();
        await server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Ping_OfClientsThatNeverRead_AreCutOffAndOthersServed(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(
            cancellationToken, ("WebSocket:SendTimeout", "00:00:01"), ("Session:ResumeGrace", "00:00:00"));
        var attackers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.ConnectAsync(cancellationToken, receiveBuffer: 4096)));
        var attacks = attackers.Select(socket => SendPingsUntilCutOffAsync(socket, cancellationToken)).ToArray();
        await server.AskAsync(cancellationToken);
        await Task.WhenAll(attacks);
        await server.AssertUnharmedAsync(cancellationToken);
        Array.ForEach(attackers, static socket => socket.Dispose());
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Ping_NotAnsweredByTheClient_EndsItWithinIntervalAndTimeoutAndGrace(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(
            cancellationToken,
            ("WebSocket:KeepAliveInterval", "00:00:00.5"),
            ("WebSocket:KeepAliveTimeout", "00:00:00.5"),
            ("Session:ResumeGrace", "00:00:00.5"));
        using var socket = await server.ConnectAsync(cancellationToken);
        await socket.SendTextAsync("""{"type":"request","input":{"simulate":{"chunks":1,"delayMs":600000}}}""", cancellationToken);
        await socket.ReadEventAsync("request.queued", cancellationToken);
        var honest = ServeAsync(server, cancellationToken);

        // The line stays up, only nobody is at its other end; nothing is answered, the pings arrive.
        var frames = await socket.ReadToEndAsync(cancellationToken);
        frames.Should().Contain(static frame => frame.Opcode == RawFrame.Ping);
        await honest;
        await server.AssertUnharmedAsync(cancellationToken);
    }

    // Long enough to outlive the timeout: a client that answers pings is kept, though it says nothing else.
    private static async Task ServeAsync(AttackedServer server, CancellationToken cancellationToken)
    {
        using var alive = await server.ConnectAsync(cancellationToken);
        for (var pings = 0; pings < 4;)
        {
            var frame = await alive.ReadFrameAsync(cancellationToken) ?? throw new InvalidOperationException("It was cut off.");
            if (frame.Opcode == RawFrame.Ping)
            {
                pings++;
                await alive.SendAsync(RawFrame.Encode(RawFrame.Pong, frame.Payload), cancellationToken);
            }
        }
    }

    private static async Task SendPingsAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        const int Batch = 10_000;
        var batch = Enumerable.Repeat(RawFrame.Encode(RawFrame.Ping, "?"u8), Batch).SelectMany(static ping => ping).ToArray();
        for (var sent = 0; sent < Million; sent += Batch)
        {
            await socket.SendAsync(batch, cancellationToken);
        }
    }

    private static async Task SendPingsUntilCutOffAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        var batch = Enumerable.Repeat(RawFrame.Encode(RawFrame.Ping, new byte[125]), 1000).SelectMany(static ping => ping).ToArray();
        try
        {
            while (true)
            {
                await socket.SendAsync(batch, cancellationToken);
            }
        }
        catch (IOException)
        {
            // Cut off, at last.
        }
    }

    private static async Task<int> ReadUntilPongAsync(RawWebSocket socket, byte[] last, CancellationToken cancellationToken)
    {
        for (var pongs = 1; ; pongs++)
        {
            var frame = await socket.ReadFrameAsync(cancellationToken) ?? throw new InvalidOperationException("It was cut off.");
            if (frame.Payload.AsSpan().SequenceEqual(last))
            {
                return pongs;
            }
        }
    }
}
