using System.Text;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>The largest message, to the byte, however it is cut into frames.</summary>
public sealed class MessageSizeTests
{
    private const int Limit = 1 << 20;
    private const int TooLarge = 1009;
    private AttackedServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await AttackedServer.StartAsync(CancellationToken.None);

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    [CancelAfter(120_000)]
    public async Task Message_UpToTheLimit_IsTaken(
        [Values(Limit - 1, Limit)] int size, [Values(1, 2, 1000)] int frames, CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await SendAsync(socket, Message(size), frames, cancellationToken);
        await socket.ReadEventAsync("request.completed", cancellationToken);
        await socket.SendAsync(RawFrame.EncodeClose(1000), cancellationToken);
        (await socket.ReadCloseCodeAsync(cancellationToken)).Should().Be(1000);
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Message_OneByteOverTheLimit_IsRefusedAndClosedWith1009(
        [Values(TestClient.V1, null)] string? subprotocol, [Values(1, 2, 1000)] int frames, CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken, subprotocol);
        await SendAsync(socket, Message(Limit + 1), frames, cancellationToken);
        await AssertRefusedAsync(socket, cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Message_FragmentsWithoutEnd_AreRefusedAsTheyArrive(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendAsync(RawFrame.EncodeText("{", final: false), cancellationToken);
        var fragment = RawFrame.Encode(RawFrame.Continuation, new byte[Limit / 4], final: false);
        for (var i = 0; i < 4; i++)
        {
            await socket.SendAsync(fragment, cancellationToken);
        }

        await AssertRefusedAsync(socket, cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Message_OfWhichATerabyteIsAnnounced_IsRefusedAtTheLimit(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Binary, new byte[Limit + 1], announced: 1UL << 40), cancellationToken);
        await AssertRefusedAsync(socket, cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Message_TooLargeAndTheClientNeverAnswersTheClose_IsCutOff(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Binary, new byte[Limit + 1]), cancellationToken);

        // Neither read nor closed by the client: the service ends it alone.
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Ping_AfterTheServiceHasClosed_IsNotAnsweredAnyMore(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Binary, new byte[Limit + 1]), cancellationToken);
        (await socket.ReadToCloseAsync(cancellationToken))[^1].CloseCode.Should().Be(TooLarge);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Ping, "?"u8), cancellationToken);

        // Time enough for the ping to be read before the close frame comes.
        await _server.AskAsync(cancellationToken);
        await socket.SendAsync(RawFrame.EncodeClose(TooLarge), cancellationToken);
        (await socket.ReadToEndAsync(cancellationToken)).Should().BeEmpty("nothing may follow a close frame");
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    private async Task AssertRefusedAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        var refused = await socket.ReadEventAsync("error", cancellationToken);
        refused.GetProperty("error").GetProperty("code").GetString().Should().Be("message_too_large");
        var close = await socket.ReadFrameAsync(cancellationToken);
        close!.Opcode.Should().Be(RawFrame.Close);
        close.CloseCode.Should().Be(TooLarge);
        await socket.SendAsync(RawFrame.EncodeClose(TooLarge), cancellationToken);
        socket.HalfClose();
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    private static async Task SendAsync(RawWebSocket socket, byte[] message, int frames, CancellationToken cancellationToken)
    {
        var each = (message.Length + frames - 1) / frames;
        for (var at = 0; at < message.Length; at += each)
        {
            var part = message.AsSpan(at, Math.Min(each, message.Length - at));
            await socket.SendAsync(RawFrame.Encode(at == 0 ? RawFrame.Text : 0, part, final: at + each >= message.Length), cancellationToken);
        }
    }

    private static byte[] Message(int size)
    {
        const string Before = """{"type":"request","id":"large","input":{"simulate":{"chunks":1},"padding":" """;
        const string After = "\"}}";
        return Encoding.ASCII.GetBytes(Before + new string('x', size - Before.Length - After.Length) + After);
    }
}
