using System.Text.Json;
using Ingress.Pipeline.Forwarding;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>No event is lost or seen twice, wherever the connection breaks.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReplayTests
{
    private const int EventCount = 16;

    private static IEnumerable<TestCaseData> Cuts() =>
        from cut in Enumerable.Range(1, EventCount)
        from unread in new[] { 0, 1, 3 }
        where unread < cut
        select new TestCaseData(cut, unread);

    [TestCaseSource(nameof(Cuts))]
    [CancelAfter(20_000)]
    public async Task Conversation_CutAfterAnEvent_SameEventsAsUncut(int cut, int unread, CancellationToken cancellationToken)
    {
        var uncut = await TalkAsync(0, 0, cancellationToken);
        var events = await TalkAsync(cut, unread, cancellationToken);

        uncut.Should().HaveCount(EventCount);
        events.Should().Equal(uncut);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Conversation_CutAtEveryEvent_SameEventsAsUncut(CancellationToken cancellationToken) =>
        (await TalkAsync(-1, 0, cancellationToken)).Should().Equal(await TalkAsync(0, 0, cancellationToken));

    [Test]
    [CancelAfter(20_000)]
    public async Task Replay_MoreThanIsKept_FreshSessionInsteadOfAGap(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["WebSocket:MaxOutboundBytes"] = "2000" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await harness.RunNextAsync(cancellationToken);
        for (var i = 0; i < 30; i++)
        {
            job.Yield($"\"{new string('x', 100)}\"");
        }

        await harness.SettleAsync(cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        var tooOld = harness.Resume(client, 5);
        await harness.SettleAsync(cancellationToken);
        tooOld.Types.Should().Equal("session.opened", "session.opened");
        var resumed = harness.Resume(client, 28);
        await harness.SettleAsync(cancellationToken);
        resumed.Types.Skip(1).Should().Equal("session.resumed", "request.output", "request.output", "request.output", "request.output", "request.output");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Detached_OutputOverTheBound_EndsTheSessionAndItsJob(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["WebSocket:MaxOutboundBytes"] = "2000" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await harness.RunNextAsync(cancellationToken);
        await client.WaitForAsync("request.dispatched", cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        for (var i = 0; i < 30; i++)
        {
            job.Yield($"\"{new string('x', 100)}\"");
        }

        harness.Advance(TimeSpan.FromMilliseconds(250));
        await job.Abandoned.WaitAsync(cancellationToken);
        harness.Sessions.All.Should().BeEmpty();
        job.End(JobEndState.Cancelled);
        await harness.SettleAsync(cancellationToken);
        harness.Audit.Count().Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Replay_AndMore_TogetherOverTheBound_IsNoSlowConsumer(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["WebSocket:MaxOutboundBytes"] = "2000" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await harness.RunNextAsync(cancellationToken);
        void Yield(int count)
        {
            for (var i = 0; i < count; i++)
            {
                job.Yield($"\"{new string('x', 100)}\"");
            }
        }

        Yield(9);
        await harness.SettleAsync(cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        Yield(9);
        var resumed = harness.Connect();
        resumed.Socket.Hold();
        resumed.Socket.ClientSends($$"""{"type":"resume","sessionId":{{client.Greeting.GetProperty("sessionId").GetRawText()}},"resumeToken":{{client.Greeting.GetProperty("resumeToken").GetRawText()}},"lastSeq":3}""");
        await harness.SettleAsync(cancellationToken);
        Yield(1);
        resumed.Socket.Release();
        await harness.SettleAsync(cancellationToken);

        resumed.All("request.output").Select(static each => each.GetProperty("index").GetInt64()).Should().Equal(Enumerable.Range(0, 19).Select(static i => (long)i));
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Replay_SentAgainLate_IsKeptUntilItCanBeConfirmed(CancellationToken cancellationToken)
    {
        // A line that fails silently: the server learns of it by a ping without an answer, half a minute after it sent.
        await using var harness = new PipelineHarness(new() { ["Session:ResumeGrace"] = "00:01:00" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await harness.RunNextAsync(cancellationToken);
        await client.WaitForAsync("request.dispatched", cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        job.Yield("1");
        harness.Advance(TimeSpan.FromSeconds(40));
        var second = harness.Resume(client, 3);
        await second.WaitForAsync("request.output", cancellationToken);
        harness.Advance(TimeSpan.FromSeconds(29));
        second.Socket.Breaks();
        await second.Served.WaitAsync(cancellationToken);
        var third = harness.Resume(client, 3);
        await harness.SettleAsync(cancellationToken);

        third.Types.Should().Equal("session.opened", "session.resumed", "request.output");
    }

    // A whole conversation, in steps that each make one event or more; cut after an event, or with -1 after every one.
    private static async Task<List<string>> TalkAsync(int cut, int unread, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        var opened = client;
        var seen = new List<string>();
        FakeJob? job = null;
        Action[] steps =
        [
            () => client.Request("a"),
            () => client.Request("b"),
            () => client.Socket.ClientSends("nonsense"),
            () => harness.Backend.Offer(1),
            () => (job = harness.Backend.Jobs[0]).Accept("j1"),
            () => job!.Start(),
            () => job!.Yield("1"),
            () => job!.Yield("{ }"),
            () => harness.Advance(TimeSpan.FromSeconds(2)),
            () => client.Socket.ClientSends("""{"type":"ping"}"""),
            () => job!.End(JobEndState.Completed, "3"),
            () => client.Request("c"),
            () => client.Cancel("b"),
            () => client.Request("c"),
            () => client.Cancel("c"),
            () => client.Socket.ClientSends("""{"type":"ping"}"""),
        ];
        foreach (var step in steps)
        {
            step();
            await harness.SettleAsync(cancellationToken);
            var received = Own(client);
            if (cut == -1 || (cut > 0 && seen.Count + received.Count >= cut))
            {
                seen.AddRange(received);
                var read = cut == -1 ? seen.Count : cut - unread;
                seen.RemoveRange(read, seen.Count - read);
                client.Socket.Breaks();
                await client.Served.WaitAsync(cancellationToken);
                client = harness.Resume(opened, seen.Count);
                await client.WaitForAsync("session.resumed", cancellationToken);
                await harness.SettleAsync(cancellationToken);
                cut = Math.Min(cut, 0);
            }
        }

        seen.AddRange(Own(client));
        return [.. seen.Select(Shape)];

        // What a connection carried of the session: on a resumed one, what follows its own greeting and the answer.
        List<string> Own(HarnessClient on) => [.. on.Events.Skip(on == opened ? 0 : 2).Select(static each => each.GetRawText())];
    }

    // What differs from run to run is left out.
    private static string Shape(string text)
    {
        using var json = JsonDocument.Parse(text);
        return string.Join(' ', json.RootElement.EnumerateObject()
            .Where(static each => each.Name is not ("sessionId" or "resumeToken" or "traceId" or "limits"))
            .Select(static each => $"{each.Name}={each.Value.GetRawText()}"));
    }
}
