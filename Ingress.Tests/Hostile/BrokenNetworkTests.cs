using System.Text;
using Ingress.Pipeline.Sessions;

namespace Ingress.Tests.Hostile;

/// <summary>Connections that trickle, stop half-way, or are torn off.</summary>
public sealed class BrokenNetworkTests
{
    private AttackedServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await AttackedServer.StartAsync(CancellationToken.None, ("Session:ResumeGrace", "00:00:00.3"));

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    [CancelAfter(90_000)]
    public async Task Handshake_ThatTrickles_IsCutOffAndOthersAreServed(CancellationToken cancellationToken)
    {
        var trickling = Enumerable.Range(0, 50).Select(_ => TrickleHandshakeAsync(cancellationToken)).ToArray();
        await _server.AskAsync(cancellationToken);
        (await Task.WhenAll(trickling)).Should().OnlyContain(static answer => answer.Length == 0 || answer.StartsWith("HTTP/1.1 408 "));
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Frames_ThatTrickleByteByByte_AreTaken(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        byte[] bytes = [.. RawFrame.EncodeText("""{"type":"request","id":"slow",""", final: false), .. RawFrame.EncodeText("\"input\":{}}", opcode: 0)];
        foreach (var one in bytes)
        {
            await socket.SendAsync(new[] { one }, cancellationToken);
            await Task.Yield();
        }

        await socket.ReadEventAsync("request.completed", cancellationToken);
        socket.Reset();
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [TestCase(1, TestName = "{m}(in the header)")]
    [TestCase(5, TestName = "{m}(in the mask)")]
    [TestCase(20, TestName = "{m}(in the payload)")]
    [CancelAfter(60_000)]
    public async Task Reset_InMidFrame_EndsTheConnectionAndWhatItHad(int after, CancellationToken cancellationToken)
    {
        using var socket = await RunningAsync(cancellationToken);
        await socket.SendAsync(RawFrame.EncodeText("""{"type":"request","input":{}}""").AsMemory(0, after), cancellationToken);
        socket.Reset();
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [TestCase(true)]
    [TestCase(false)]
    [CancelAfter(60_000)]
    public async Task HalfClose_WithoutCloseFrame_EndsTheConnectionAndWhatItHad(bool inMidFrame, CancellationToken cancellationToken)
    {
        using var socket = await RunningAsync(cancellationToken);
        if (inMidFrame)
        {
            await socket.SendAsync(RawFrame.EncodeText("{}").AsMemory(0, 3), cancellationToken);
        }

        socket.HalfClose();
        await socket.ReadToEndAsync(cancellationToken);
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task HalfClose_AfterACloseFrame_IsACleanClose(CancellationToken cancellationToken)
    {
        // Which of the two the service sees first is a matter of luck: often enough for it to have seen either.
        for (var i = 0; i < 100; i++)
        {
            using var socket = await RunningAsync(cancellationToken);
            await socket.SendAsync(RawFrame.EncodeClose(1000), cancellationToken);
            socket.HalfClose();
            (await socket.ReadCloseCodeAsync(cancellationToken)).Should().Be(1000);
        }

        await _server.AssertUnharmedAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Reset_OfAHundredConnectionsAtOnce_LeavesNothing(CancellationToken cancellationToken)
    {
        var sockets = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => RunningAsync(cancellationToken)));
        Parallel.ForEach(sockets, static socket => socket.Reset());
        await _server.AssertUnharmedAsync(cancellationToken);
        _server.Server.Get<SessionRegistry>().All.Should().ContainSingle("only the honest client is left");
    }

    private async Task<RawWebSocket> RunningAsync(CancellationToken cancellationToken)
    {
        var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendTextAsync("""{"type":"request","id":"a","input":{"simulate":{"chunks":1,"delayMs":600000}}}""", cancellationToken);
        await socket.ReadEventAsync("request.queued", cancellationToken);
        return socket;
    }

    // A byte now and then for as long as the service takes it; then its answer, if it gave one.
    private async Task<string> TrickleHandshakeAsync(CancellationToken cancellationToken)
    {
        using var socket = await RawWebSocket.OpenAsync(_server.Address, cancellationToken);
        var answer = ReadAnswerAsync(socket, cancellationToken);
        var request = Encoding.ASCII.GetString(RawWebSocket.Handshake(_server.Address)).TrimEnd() + "\r\nX-Padding: " + new string('x', 4096);
        foreach (var one in Encoding.ASCII.GetBytes(request))
        {
            if (await Task.WhenAny(answer, Task.Delay(100, cancellationToken)) == answer)
            {
                break;
            }

            try
            {
                await socket.SendAsync(new[] { one }, cancellationToken);
            }
            catch (IOException)
            {
                break;
            }
        }

        return await answer;
    }

    private static async Task<string> ReadAnswerAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReadHeadAsync(cancellationToken);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
