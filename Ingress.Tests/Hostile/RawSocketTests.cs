using System.Text;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>Frames that break RFC 6455: the right close code on the wire, nothing left behind, and nobody else notices.</summary>
public sealed class RawSocketTests
{
    private const int ProtocolError = 1002;
    private const int InvalidPayload = 1007;
    private AttackedServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await AttackedServer.StartAsync(CancellationToken.None, ("Session:ResumeGrace", "00:00:00.2"));

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private static IEnumerable<TestCaseData> BrokenFrames()
    {
        yield return Case("unmasked text", RawFrame.Encode(RawFrame.Text, "{}"u8, masked: false));
        yield return Case("unmasked ping", RawFrame.Encode(RawFrame.Ping, [], masked: false));
        for (var reserved = 1; reserved <= 7; reserved++)
        {
            yield return Case($"reserved bits {reserved}", RawFrame.Encode(RawFrame.Text, "{}"u8, reserved: reserved));
        }

        yield return Case("reserved bit in a ping", RawFrame.Encode(RawFrame.Ping, [], reserved: 4));
        foreach (var opcode in (int[])[3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
        {
            yield return Case($"opcode {opcode}", RawFrame.Encode(opcode, "{}"u8));
        }

        yield return Case("ping of 126 bytes", RawFrame.Encode(RawFrame.Ping, new byte[126]));
        yield return Case("pong of 64 KiB", RawFrame.Encode(RawFrame.Pong, new byte[1 << 16]));
        yield return Case("close of 126 bytes", RawFrame.EncodeClose(1000, new byte[124]));
        yield return Case("fragmented ping", RawFrame.Encode(RawFrame.Ping, "a"u8, final: false));
        yield return Case("fragmented close", RawFrame.Encode(RawFrame.Close, [3, 232], final: false));
        yield return Case("continuation without start", RawFrame.Encode(RawFrame.Continuation, "{}"u8));
        yield return Case("continuation without start, not final", RawFrame.Encode(RawFrame.Continuation, "{"u8, final: false));
        yield return Case("text inside a fragmented message", [.. RawFrame.EncodeText("{", final: false), .. RawFrame.EncodeText("}")]);
        yield return Case("binary inside a fragmented message", [.. RawFrame.EncodeText("{", final: false), .. RawFrame.Encode(RawFrame.Binary, "}"u8)]);
        yield return Case("length with the highest bit set", RawFrame.Encode(RawFrame.Text, "{}"u8, announced: 1UL << 63));
        yield return Case("length of all ones", RawFrame.Encode(RawFrame.Binary, "{}"u8, announced: ulong.MaxValue));
    }

    private static IEnumerable<TestCaseData> BrokenCloses()
    {
        yield return Case("one byte", RawFrame.Encode(RawFrame.Close, [3]));
        foreach (var code in (int[])[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
        {
            yield return Case($"code {code}", RawFrame.EncodeClose(code));
        }
    }

    private static IEnumerable<TestCaseData> BrokenTexts()
    {
        yield return Case("byte that never is", RawFrame.Encode(RawFrame.Text, [0x7B, 0xFF, 0x7D]));
        yield return Case("overlong", RawFrame.Encode(RawFrame.Text, [0xC0, 0xAF]));
        yield return Case("half a surrogate pair", RawFrame.Encode(RawFrame.Text, [0xED, 0xA0, 0x80]));
        yield return Case("beyond the last character", RawFrame.Encode(RawFrame.Text, [0xF4, 0x90, 0x80, 0x80]));
        yield return Case("cut off at the end", RawFrame.Encode(RawFrame.Text, [0x22, 0xE2, 0x82]));
        yield return Case("cut off at the end of the last frame", [.. RawFrame.EncodeText("{", final: false), .. RawFrame.Encode(0, [0xE2, 0x82])]);
        yield return Case(
            "character split over frames and wrong in the second",
            [.. RawFrame.Encode(RawFrame.Text, [0x22, 0xE2, 0x82], final: false), .. RawFrame.Encode(0, [0x41], final: false)]);
        yield return Case("wrong in the first of many frames", RawFrame.Encode(RawFrame.Text, [0x22, 0xFE], final: false));
        yield return Case("already beyond the last character", RawFrame.Encode(RawFrame.Text, [0x22, 0xF4, 0x90], final: false));
        yield return Case("already half a surrogate pair", RawFrame.Encode(RawFrame.Text, [0x22, 0xED, 0xA0], final: false));
    }

    [TestCaseSource(nameof(BrokenFrames))]
    [CancelAfter(60_000)]
    public Task Frame_AgainstTheProtocol_ClosedWith1002(byte[] sent, CancellationToken cancellationToken) =>
        AttackAsync(sent, [ProtocolError], cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public async Task Frame_AgainstTheProtocolWhileAResumeIsPossible_EndsTheSessionWithoutGrace(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        var opened = await socket.ReadEventAsync("session.opened", cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Text, "{}"u8, masked: false), cancellationToken);
        await socket.ReadToCloseAsync(cancellationToken);
        using var next = await _server.ConnectAsync(cancellationToken);
        await next.ReadEventAsync("session.opened", cancellationToken);
        var (id, token) = (opened.GetProperty("sessionId").GetString(), opened.GetProperty("resumeToken").GetString());
        await next.SendTextAsync($$"""{"type":"resume","sessionId":"{{id}}","resumeToken":"{{token}}","lastSeq":1}""", cancellationToken);
        (await next.ReadEventAsync("session.opened", cancellationToken)).GetProperty("resumed").GetBoolean().Should().BeFalse();
        await CloseAsync(next, cancellationToken);
    }

    [TestCaseSource(nameof(BrokenCloses))]
    [CancelAfter(60_000)]
    public Task Close_WithInvalidCode_ClosedWith1002(byte[] sent, CancellationToken cancellationToken) =>
        AttackAsync(sent, [ProtocolError], cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public Task Close_WithReasonThatIsNotUtf8_ClosedAsError(CancellationToken cancellationToken) =>
        AttackAsync(RawFrame.EncodeClose(1000, 0xC0, 0xAF), [ProtocolError, InvalidPayload], cancellationToken);

    [TestCaseSource(nameof(BrokenTexts))]
    [CancelAfter(60_000)]
    public Task Text_NotUtf8_ClosedWith1007(byte[] sent, CancellationToken cancellationToken) =>
        AttackAsync(sent, [InvalidPayload], cancellationToken);

    [TestCase(1000, "")]
    [TestCase(1001, "going away")]
    [TestCase(1011, "é")]
    [TestCase(3000, "")]
    [TestCase(4999, "x")]
    [CancelAfter(60_000)]
    public Task Close_Valid_IsAnsweredWithItsCode(int code, string reason, CancellationToken cancellationToken) =>
        AttackAsync(RawFrame.EncodeClose(code, Encoding.UTF8.GetBytes(reason)), [code], cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public Task Close_WithTheLongestReason_IsAnswered(CancellationToken cancellationToken) =>
        AttackAsync(RawFrame.EncodeClose(1000, Encoding.ASCII.GetBytes(new string('r', 123))), [1000], cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public Task Close_WithoutCode_IsAnsweredWithoutErrorCode(CancellationToken cancellationToken) =>
        AttackAsync(RawFrame.Encode(RawFrame.Close, []), [1000, 1005], cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public Task Close_FollowedByFrames_TheyAreNotHeard(CancellationToken cancellationToken) => AttackAsync(
        [.. RawFrame.EncodeClose(1000), .. RawFrame.EncodeText("""{"type":"ping"}"""), .. RawFrame.Encode(11, [])], [1000], cancellationToken);

    [Test]
    [CancelAfter(60_000)]
    public async Task Text_CharactersSplitOverFramesAndPingsBetween_IsTaken(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        var message = """{"type":"request","id":"split","input":{"prompt":"é€😀"}}"""u8.ToArray();
        for (var i = 0; i < message.Length; i++)
        {
            await socket.SendAsync(RawFrame.Encode(i == 0 ? RawFrame.Text : 0, [message[i]], final: i == message.Length - 1), cancellationToken);
            await socket.SendAsync(RawFrame.Encode(RawFrame.Ping, [(byte)i]), cancellationToken);
        }

        (await socket.ReadEventAsync("request.output", cancellationToken)).GetProperty("output").GetString().Should().Be("é€😀");
        await CloseAsync(socket, cancellationToken);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Binary_NotUtf8_IsRefusedAndTheConnectionGoesOn(CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendAsync(RawFrame.Encode(RawFrame.Binary, [0x7B, 0xFF, 0x7D]), cancellationToken);
        var refused = await socket.ReadEventAsync("error", cancellationToken);
        refused.GetProperty("error").GetProperty("code").GetString().Should().Be("invalid_json");
        await socket.SendTextAsync("""{"type":"ping"}""", cancellationToken);
        await socket.ReadEventAsync("pong", cancellationToken);
        await CloseAsync(socket, cancellationToken);
    }

    [TestCase(1)]
    [TestCase(50)]
    [CancelAfter(20_000)]
    public async Task Close_RightBehindRequests_AfterTheirAcknowledgements(int requests, CancellationToken cancellationToken)
    {
        using var socket = await RawWebSocket.ConnectAsync(_server.Address, cancellationToken, subprotocol: null);
        var sent = Enumerable.Range(0, requests).SelectMany(static _ => RawFrame.EncodeText("""{"prompt":"hello"}""")).ToList();
        await socket.SendAsync(sent.Concat(RawFrame.EncodeClose(1000)).ToArray(), cancellationToken);
        var frames = await socket.ReadToCloseAsync(cancellationToken);
        frames.Count(static frame => frame.Opcode == RawFrame.Text && frame.AsText == TestClient.Acknowledgement).Should().Be(requests);
        frames[^1].CloseCode.Should().Be(1000);
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    private static TestCaseData Case(string name, byte[] sent) => new TestCaseData(sent).SetArgDisplayNames(name);

    // With a request running: what is broken is the connection, and all that it had goes with it.
    private async Task AttackAsync(byte[] sent, int[] expected, CancellationToken cancellationToken)
    {
        using var socket = await _server.ConnectAsync(cancellationToken);
        await socket.SendTextAsync("""{"type":"request","id":"a","input":{"simulate":{"chunks":1,"delayMs":600000}}}""", cancellationToken);
        await socket.ReadEventAsync("request.queued", cancellationToken);
        await socket.SendAsync(sent, cancellationToken);
        var frames = await socket.ReadToCloseAsync(cancellationToken);

        // Hung up by the client, so that the service need not wait for that; only then can nothing follow any more.
        socket.HalfClose();
        frames.AddRange(await socket.ReadToEndAsync(cancellationToken));

        frames.Where(static frame => frame.Opcode == RawFrame.Close).Should().ContainSingle();
        frames[^1].Opcode.Should().Be(RawFrame.Close, "nothing follows the close frame");
        expected.Should().Contain(frames[^1].CloseCode);
        await _server.AssertUnharmedAsync(cancellationToken);
    }

    private async Task CloseAsync(RawWebSocket socket, CancellationToken cancellationToken)
    {
        await socket.SendAsync(RawFrame.EncodeClose(1000), cancellationToken);
        (await socket.ReadCloseCodeAsync(cancellationToken)).Should().Be(1000);
        await _server.AssertUnharmedAsync(cancellationToken);
    }
}
