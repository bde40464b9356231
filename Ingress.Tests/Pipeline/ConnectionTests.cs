using System.Net.WebSockets;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Pipeline;

/// <summary>How connections end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConnectionTests
{
    private readonly PipelineHarness _harness = new(new() { ["WebSocket:MaxMessageBytes"] = "1000", ["WebSocket:MaxOutboundBytes"] = "3000" });

    [TearDown]
    public async Task StopAsync()
    {
        await _harness.DisposeAsync();
        _harness.Handler.Active.Should().Be(0);
        _harness.Handler.Connections.Should().BeEmpty();
        _harness.Logs.GetSnapshot().Should().NotContain(static log => log.Level >= LogLevel.Error);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SlowConsumer_TooManyBytesWait_ClosedWith1008AndTheSessionGone(CancellationToken cancellationToken)
    {
        var slow = await _harness.OpenAsync(cancellationToken);
        var other = await _harness.OpenAsync(cancellationToken);
        slow.Request("a");
        var job = await _harness.RunNextAsync(cancellationToken);
        slow.Request("b");
        other.Request("c");
        await other.WaitForAsync("request.queued", cancellationToken);
        await slow.WaitForAsync("request.queued", cancellationToken, "b");
        slow.Socket.Hold();
        for (var i = 0; i < 40; i++)
        {
            job.Yield($"\"{new string('x', 100)}\"");
        }

        await job.Abandoned.WaitAsync(cancellationToken);
        _harness.Queue.Length.Should().Be(1, "only the other's request is left");
        slow.Socket.Release();
        await slow.Served.WaitAsync(cancellationToken);
        slow.Socket.SentClose.Should().Be(WebSocketCloseStatus.PolicyViolation);
        slow.All("request.output").Count.Should().BeLessThan(3, "nothing more is told");
        var back = _harness.Resume(slow, 1);
        await _harness.SettleAsync(cancellationToken);
        back.Types.Should().Equal("session.opened", "session.opened");
        job.End(JobEndState.Cancelled);
        (await _harness.RunNextAsync(cancellationToken)).End(JobEndState.Completed);
        await other.WaitForAsync("request.completed", cancellationToken, "c");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SlowConsumer_NothingButPings_IsBoundedToo(CancellationToken cancellationToken)
    {
        var slow = await _harness.OpenAsync(cancellationToken);
        slow.Socket.Hold();
        for (var i = 0; i < 500; i++)
        {
            slow.Socket.ClientSends("""{"type":"ping"}""");
        }

        await PipelineHarness.UntilAsync(() => !_harness.Sessions.All.Any(), cancellationToken);
        slow.Socket.Release();
        await slow.Served.WaitAsync(cancellationToken);
        slow.Socket.SentClose.Should().Be(WebSocketCloseStatus.PolicyViolation);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SlowConsumer_OneFrameTakesTooLong_CutOff(CancellationToken cancellationToken)
    {
        var slow = await _harness.OpenAsync(cancellationToken);
        slow.Socket.Hold();
        slow.Request("a");
        await PipelineHarness.UntilAsync(() => _harness.Queue.Length == 1, cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(9.5));
        _harness.Queue.Length.Should().Be(1);
        _harness.Advance(TimeSpan.FromSeconds(0.5));
        _harness.Queue.Length.Should().Be(0, "its session is gone at once");
        slow.Served.IsCompleted.Should().BeFalse("it may still read its close frame");
        _harness.Advance(TimeSpan.FromSeconds(5));
        await slow.Served.WaitAsync(cancellationToken);
        slow.Socket.IsAborted.Should().BeTrue();
        _harness.Totals.Skipped.Should().Be(1);
    }

    [TestCase(1001, 1000)]
    [TestCase(1001, 7)]
    [TestCase(5000, 1)]
    [CancelAfter(20_000)]
    public async Task TooLarge_WholeOrTrickled_ErrorThen1009(int size, int part, CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);
        foreach (var piece in new byte[size].Chunk(part))
        {
            client.Socket.ClientSends(piece, WebSocketMessageType.Text, end: false);
        }

        await client.Served.WaitAsync(cancellationToken);
        client.Types.Should().Equal("session.opened", "request.queued", "error");
        client.Last("error").GetProperty("error").GetProperty("code").GetString().Should().Be("message_too_large");
        client.Socket.SentClose.Should().Be(WebSocketCloseStatus.MessageTooBig);
        _harness.Sessions.All.Should().BeEmpty();
        _harness.Queue.Length.Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task LargestMessage_IsTaken(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        const string Frame = """{"type":"request","id":"a","input":{"x":""}}""";
        client.Socket.ClientSends(Frame.Replace("\"\"", $"\"{new string('x', 1000 - Frame.Length)}\""));
        await client.WaitForAsync("request.queued", cancellationToken, "a");
    }

    [TestCase(1000, 1000)]
    [TestCase(1001, 1001)]
    [TestCase(4321, 4321)]
    [TestCase(1005, 1000)]
    [CancelAfter(20_000)]
    public async Task ClientCloses_AnsweredWithItsCode(int code, int answer, CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Socket.ClientCloses((WebSocketCloseStatus)code);
        await client.Served.WaitAsync(cancellationToken);

        client.Socket.SentClose.Should().Be((WebSocketCloseStatus)answer);
        client.Socket.State.Should().Be(WebSocketState.Closed);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task ClientCloses_ButDoesNotReadTheAnswer_CutOffAfterFiveSeconds(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Socket.Hold();
        client.Request("a");
        await PipelineHarness.UntilAsync(() => _harness.Queue.Length == 1, cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        client.Socket.ClientCloses();
        await PipelineHarness.UntilAsync(
            () => _harness.Queue.Length == 0 && _harness.Handler.Connections.All(static each => each.Closing is not null), cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(4.5));
        client.Served.IsCompleted.Should().BeFalse();
        _harness.Advance(TimeSpan.FromSeconds(0.5));
        await client.Served.WaitAsync(cancellationToken);
        client.Socket.IsAborted.Should().BeTrue();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task ServerCloses_ClientSilent_CutOffAfterFiveSeconds(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Socket.AnswersClose = false;
        client.Socket.ClientSends(new byte[1001], WebSocketMessageType.Text);
        await PipelineHarness.UntilAsync(() => client.Socket.SentClose is not null, cancellationToken);
        client.Request("late");
        await _harness.SettleAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(4.5));
        client.Socket.IsAborted.Should().BeFalse();
        _harness.Advance(TimeSpan.FromSeconds(0.5));
        await client.Served.WaitAsync(cancellationToken);

        client.Types.Should().Equal("session.opened", "error");
        _harness.Totals.Received.Should().Be(0, "nothing counts after the close frame");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task ProtocolError_EndsTheSessionWithoutGrace(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);
        client.Socket.Breaks(WebSocketError.Faulted);
        await client.Served.WaitAsync(cancellationToken);
        _harness.Sessions.All.Should().BeEmpty();
        _harness.Queue.Length.Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TokenExpiry_WarnedOnceThenClosedWith3000(CancellationToken cancellationToken)
    {
        var identity = new ClientIdentity("sub:1", true, _harness.Time.GetUtcNow().AddMinutes(2));
        var client = await _harness.OpenAsync(cancellationToken, identity);
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(89));
        client.All("session.closing").Should().BeEmpty();
        _harness.Advance(TimeSpan.FromSeconds(1));
        _harness.Advance(TimeSpan.FromSeconds(1));
        var warning = await client.WaitForAsync("session.closing", cancellationToken);
        warning.GetProperty("reason").GetString().Should().Be("token_expiring");
        warning.GetProperty("retryAfterMs").GetInt64().Should().Be(30_000);
        _harness.Advance(TimeSpan.FromSeconds(29));
        await client.Served.WaitAsync(cancellationToken);

        client.All("session.closing").Select(static each => each.GetProperty("reason").GetString()).Should().Equal("token_expiring", "unauthorized");
        client.Socket.SentClose.Should().Be((WebSocketCloseStatus)3000);
        _harness.Sessions.All.Should().BeEmpty();
        _harness.Queue.Length.Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TokenExpiry_SessionResumedWithAnotherToken_GoesByThatOne(CancellationToken cancellationToken)
    {
        var now = _harness.Time.GetUtcNow();
        var old = await _harness.OpenAsync(cancellationToken, new ClientIdentity("sub:1", true, now.AddSeconds(60)));
        var client = _harness.Resume(old, 1, new ClientIdentity("sub:1", true, now.AddSeconds(120)));
        await client.WaitForAsync("session.resumed", cancellationToken);
        await old.Served.WaitAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(80));
        client.Socket.ClientSends("""{"type":"ping"}""");
        await client.WaitForAsync("pong", cancellationToken);
        client.All("session.closing").Should().BeEmpty();
        _harness.Advance(TimeSpan.FromSeconds(40));
        await client.Served.WaitAsync(cancellationToken);
        client.Socket.SentClose.Should().Be((WebSocketCloseStatus)3000);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Connections_OverTheLimit_NoRoomUntilOneEnds(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["WebSocket:MaxConnections"] = "2" });
        var client = await harness.OpenAsync(cancellationToken);
        await harness.OpenAsync(cancellationToken);
        harness.Handler.TryReserve().Should().BeFalse();
        harness.Handler.Active.Should().Be(2);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        harness.Handler.TryReserve().Should().BeTrue();
        harness.Handler.Release();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Refusals_AFlood_LoggedWithTheirCountNotEach(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 200; i++)
        {
            client.Socket.ClientSends("secret nonsense");
            await PipelineHarness.UntilAsync(() => client.Events.Count > i + 1, cancellationToken);
        }

        List<string> Lines() => [.. _harness.Logs.GetSnapshot().Where(static log => log.Id.Name == "Refused").Select(static log => log.Message)];
        Lines().Should().Equal("Refused 1 messages or connections: invalid_json.");
        _harness.Advance(TimeSpan.FromSeconds(10));
        Lines().Should().Equal("Refused 1 messages or connections: invalid_json.", "Refused 199 messages or connections: invalid_json.");
        _harness.Logs.GetSnapshot().Should().NotContain(static log => log.Message.Contains("secret"));
    }
}
