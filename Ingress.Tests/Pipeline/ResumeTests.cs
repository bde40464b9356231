using System.Net.WebSockets;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Who may take a session over, and when it is gone.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ResumeTests
{
    private readonly PipelineHarness _harness = new();

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"AAAAAAAAAAAAAAAAAAAAAA","lastSeq":1}""", TestName = "wrong token")]
    [TestCase("""{"type":"resume","sessionId":"S","lastSeq":1}""", TestName = "no token")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"","lastSeq":1}""", TestName = "empty token")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":5,"lastSeq":1}""", TestName = "token no text")]
    [TestCase("""{"type":"resume","sessionId":"01912345-0000-7000-8000-000000000000","resumeToken":"T","lastSeq":1}""", TestName = "unknown session")]
    [TestCase("""{"type":"resume","sessionId":"nonsense","resumeToken":"T","lastSeq":1}""", TestName = "session no UUID")]
    [TestCase("""{"type":"resume","resumeToken":"T","lastSeq":1}""", TestName = "no session")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"T","lastSeq":3}""", TestName = "lastSeq beyond")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"T","lastSeq":9223372036854775807}""", TestName = "lastSeq far beyond")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"T","lastSeq":-1}""", TestName = "lastSeq negative")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"T","lastSeq":"1"}""", TestName = "lastSeq text")]
    [TestCase("""{"type":"resume","sessionId":"S","resumeToken":"T"}""", TestName = "no lastSeq")]
    [TestCase("""{"type":"resume"}""", TestName = "nothing")]
    [CancelAfter(20_000)]
    public async Task Resume_NotPossible_FreshSessionAndTheConnectionIsUsable(string text, CancellationToken cancellationToken)
    {
        var old = await BrokenAsync(cancellationToken);
        var client = _harness.Connect();
        client.Socket.ClientSends(text
            .Replace("\"S\"", old.Greeting.GetProperty("sessionId").GetRawText())
            .Replace("\"T\"", old.Greeting.GetProperty("resumeToken").GetRawText()));
        client.Request("b");
        await client.WaitForAsync("request.queued", cancellationToken, "b");

        client.Types.Should().Equal("session.opened", "session.opened", "request.queued");
        client.Events[1].GetProperty("resumed").GetBoolean().Should().BeFalse();
        client.Events[1].GetProperty("sessionId").GetString().Should().Be(client.Greeting.GetProperty("sessionId").GetString());
        client.Greeting.TryGetProperty("resumed", out _).Should().BeFalse();

        // The one who has the token can still come.
        await _harness.Resume(old, 2).WaitForAsync("session.resumed", cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Resume_NotFirst_RefusedAsAMessage(CancellationToken cancellationToken)
    {
        var old = await BrokenAsync(cancellationToken);
        var client = _harness.Connect();
        client.Socket.ClientSends("""{"type":"ping"}""");
        await client.WaitForAsync("pong", cancellationToken);
        client.Socket.ClientSends($$"""{"type":"resume","sessionId":{{old.Greeting.GetProperty("sessionId").GetRawText()}},"resumeToken":{{old.Greeting.GetProperty("resumeToken").GetRawText()}},"lastSeq":1}""");

        (await client.WaitForAsync("error", cancellationToken)).GetProperty("error").GetProperty("code").GetString().Should().Be("invalid_message");
        _harness.Sessions.All.Should().HaveCount(2);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Resume_WhileTheConnectionLooksAlive_TakesItOverAndClosesTheOld(CancellationToken cancellationToken)
    {
        var old = await _harness.OpenAsync(cancellationToken);
        old.Request("a");
        await old.WaitForAsync("request.queued", cancellationToken);
        var client = _harness.Resume(old, 1);
        var resumed = await client.WaitForAsync("session.resumed", cancellationToken);
        await old.Served.WaitAsync(cancellationToken);

        resumed.GetProperty("replayed").GetInt32().Should().Be(1);
        resumed.GetProperty("seq").GetInt64().Should().Be(1);
        old.Socket.SentClose.Should().Be(WebSocketCloseStatus.PolicyViolation);
        old.Socket.SentCloseReason.Should().Contain("another connection");
        (await _harness.RunNextAsync(cancellationToken)).End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "a");
        client.Types.Should().Equal("session.opened", "session.resumed", "request.queued", "request.dispatched", "request.completed");
        old.Types.Should().Equal("session.opened", "request.queued");
        _harness.Sessions.All.Should().ContainSingle();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Resume_OldConnectionIsStuck_CutOffAfterFiveSeconds(CancellationToken cancellationToken)
    {
        var old = await _harness.OpenAsync(cancellationToken);
        old.Socket.Hold();
        old.Request("a");
        await PipelineHarness.UntilAsync(() => _harness.Queue.Length == 1, cancellationToken);
        var client = _harness.Resume(old, 1);
        await client.WaitForAsync("request.queued", cancellationToken, "a");
        _harness.Advance(TimeSpan.FromSeconds(5));
        await old.Served.WaitAsync(cancellationToken);

        old.Socket.IsAborted.Should().BeTrue();
        _harness.Queue.Length.Should().Be(1);
        client.Socket.ClientSends("""{"type":"ping"}""");
        await client.WaitForAsync("pong", cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Resume_TwiceInARow_GoesOnEachTime(CancellationToken cancellationToken)
    {
        var first = await BrokenAsync(cancellationToken);
        var second = _harness.Resume(first, 1);
        await second.WaitForAsync("request.queued", cancellationToken);
        var third = _harness.Resume(first, 0);
        await third.WaitForAsync("request.queued", cancellationToken);
        await second.Served.WaitAsync(cancellationToken);
        third.Socket.Breaks();
        await third.Served.WaitAsync(cancellationToken);
        var fourth = _harness.Resume(first, 2);
        fourth.Request("b");
        await fourth.WaitForAsync("request.queued", cancellationToken, "b");

        third.Events.Skip(1).Select(static each => each.GetProperty("seq").GetInt64()).Should().Equal(0, 1, 2);
        fourth.Events.Skip(1).Select(static each => each.GetProperty("seq").GetInt64()).Should().Equal(2, 3);
        _harness.Sessions.All.Should().ContainSingle();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Resume_AnswerWasNeverSent_TheNextOneHasOnlyItsOwn(CancellationToken cancellationToken)
    {
        var first = await BrokenAsync(cancellationToken);
        var second = _harness.Connect();
        second.Socket.Hold();
        second.Socket.ClientSends($$"""{"type":"resume","sessionId":{{first.Greeting.GetProperty("sessionId").GetRawText()}},"resumeToken":{{first.Greeting.GetProperty("resumeToken").GetRawText()}},"lastSeq":1}""");
        await _harness.SettleAsync(cancellationToken);
        second.Socket.Breaks();
        await second.Served.WaitAsync(cancellationToken);
        var third = _harness.Resume(first, 2);
        third.Socket.ClientSends("""{"type":"ping"}""");
        await third.WaitForAsync("pong", cancellationToken);

        third.Types.Should().Equal("session.opened", "session.resumed", "pong");
        third.Events[1].GetProperty("seq").GetInt64().Should().Be(2);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Detached_RequestsGoOn(CancellationToken cancellationToken)
    {
        var old = await BrokenAsync(cancellationToken);
        var job = await _harness.RunNextAsync(cancellationToken);
        job.Start();
        job.Yield("1");
        await _harness.SettleAsync(cancellationToken);
        job.IsAbandoned.Should().BeFalse();
        var client = _harness.Resume(old, 2);
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "a");

        client.Types.Skip(2).Should().Equal("request.dispatched", "request.started", "request.output", "request.completed");
        client.Events[1].GetProperty("replayed").GetInt32().Should().Be(0, "none of them had been sent");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Grace_RunsOut_EverythingIsCancelled(CancellationToken cancellationToken)
    {
        var old = await _harness.OpenAsync(cancellationToken);
        old.Request("run");
        var job = await _harness.RunNextAsync(cancellationToken);
        old.Request("wait");
        await old.WaitForAsync("request.queued", cancellationToken, "wait");
        old.Socket.Breaks();
        await old.Served.WaitAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(14.5));
        _harness.Queue.Length.Should().Be(1);
        job.IsAbandoned.Should().BeFalse();
        _harness.Advance(TimeSpan.FromSeconds(0.5));
        await job.Abandoned.WaitAsync(cancellationToken);
        _harness.Queue.Length.Should().Be(0);
        _harness.Sessions.All.Should().BeEmpty();
        job.End(JobEndState.Cancelled);
        var client = _harness.Resume(old, 1);
        await _harness.SettleAsync(cancellationToken);

        client.Last("session.opened").GetProperty("resumed").GetBoolean().Should().BeFalse();
        (_harness.Totals.Skipped, _harness.Totals.Cancelled).Should().Be((1, 1));
    }

    [TestCase(true)]
    [TestCase(false)]
    [CancelAfter(20_000)]
    public async Task Session_ThatCannotBeResumed_EndsAtOnce(bool plain, CancellationToken cancellationToken)
    {
        // A plain one when it breaks; one of ingress.v1 when it was closed.
        var client = _harness.Connect(plain ? WireProtocol.Plain : WireProtocol.V1);
        client.Request("a");
        await _harness.SettleAsync(cancellationToken);
        _harness.Queue.Length.Should().Be(1);
        if (plain)
        {
            client.Socket.Breaks();
        }
        else
        {
            client.Socket.ClientCloses();
        }

        await client.Served.WaitAsync(cancellationToken);
        _harness.Queue.Length.Should().Be(0);
        _harness.Sessions.All.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Grace_OfZero_SwitchesResumingOff(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Session:ResumeGrace"] = "00:00:00" });
        var old = await harness.OpenAsync(cancellationToken);
        old.Greeting.GetProperty("resumeToken").GetString().Should().BeEmpty();
        old.Request("a");
        await old.WaitForAsync("request.queued", cancellationToken);
        var thief = harness.Resume(old, 0);
        (await thief.WaitForAsync("session.opened", cancellationToken)).Should().NotBeNull();
        await harness.SettleAsync(cancellationToken);
        thief.Events.Should().HaveCount(2);
        old.Socket.Breaks();
        await old.Served.WaitAsync(cancellationToken);
        harness.Queue.Length.Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Resume_OfANamedPrincipal_OnlyByItself(CancellationToken cancellationToken)
    {
        var old = await _harness.OpenAsync(cancellationToken, new ClientIdentity("key:1", true));
        old.Socket.Breaks();
        await old.Served.WaitAsync(cancellationToken);
        foreach (var stranger in new[] { new ClientIdentity("key:2", true), new ClientIdentity("address:1") })
        {
            var client = _harness.Resume(old, 1, stranger);
            await _harness.SettleAsync(cancellationToken);
            client.Types.Should().Equal("session.opened", "session.opened");
        }

        await _harness.Resume(old, 1, new ClientIdentity("key:1", true)).WaitForAsync("session.resumed", cancellationToken);
    }

    private async Task<HarnessClient> BrokenAsync(CancellationToken cancellationToken)
    {
        var old = await _harness.OpenAsync(cancellationToken);
        old.Request("a");
        await old.WaitForAsync("request.queued", cancellationToken);
        old.Socket.Breaks();
        await old.Served.WaitAsync(cancellationToken);
        return old;
    }
}
