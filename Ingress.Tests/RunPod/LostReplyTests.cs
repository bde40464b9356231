using System.Text;
using Ingress.Pipeline.Forwarding;
using Microsoft.AspNetCore.Http;

namespace Ingress.Tests.RunPod;

/// <summary>A read that fails takes the chunks with it that RunPod had handed out: what is made good of them, and when.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LostReplyTests
{
    // What RunPod gives at the end where the handler's yields are aggregated, differently spaced than they were streamed.
    private const string Aggregate = """{"status":"COMPLETED","output":[ 1 ,"b",{"c": 3}],"delayTime":1,"executionTime":2,"workerId":"w1"}""";
    private readonly RecordingObserver _observer = new();

    private static IEnumerable<TestCaseData> LostReplies()
    {
        foreach (var (name, lost) in new (string, RequestDelegate)[]
        {
            ("reset", Replies.Reset()), ("truncated", Replies.Truncated("""{"status":"IN_PROGRESS","stream":[{"out""")),
            ("HTML", Replies.Html()), ("HTTP 502", Replies.Status(502)), ("hang", Replies.Hang()),
        })
        {
            yield return new TestCaseData(lost).SetArgDisplayNames(name);
        }
    }

    [TestCaseSource(nameof(LostReplies)), CancelAfter(20_000)]
    public async Task FollowAsync_LastChunksLostOnTheWire_AreDeliveredFromTheAggregate(RequestDelegate lost, CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), lost, Replies.Stream("COMPLETED"))
            .Always("status", Replies.Json(Aggregate)));

        _observer.Outputs.Should().Equal("1", "\"b\"", "{\"c\": 3}");
        end.Output.Should().BeNull();
    }

    [TestCaseSource(nameof(LostReplies)), CancelAfter(20_000)]
    public async Task FollowAsync_MiddleChunksLostOnTheWire_AllAreDeliveredInOrder(RequestDelegate lost, CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), lost, Replies.Stream("COMPLETED", "{\"c\":3}"))
            .Always("status", Replies.Json(Aggregate)));

        _observer.Outputs.Should().Equal("1", "\"b\"", "{\"c\": 3}");
        end.Output.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ChunkMissingFromAGoodReply_TailIsStillMadeGood(CancellationToken cancellationToken)
    {
        await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("COMPLETED", "1", "\"b\"")).Always("status", Replies.Json(Aggregate)));

        _observer.Outputs.Should().Equal("1", "\"b\"", "{\"c\": 3}");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ReplyLostButNoAggregate_DeliversTheRestAtTheEnd(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Status(500), Replies.Stream("COMPLETED", "3"))
            .Always("status", Replies.Json("""{"status":"COMPLETED"}""")));

        _observer.Outputs.Should().Equal("1", "3");
        end.Output.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_HandlerIsKnownToMakeNoAggregate_ChunksGoOnAfterALostReply(CancellationToken cancellationToken)
    {
        var rest = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Then("stream", Replies.Stream("COMPLETED", "0"), Replies.Stream("COMPLETED"))
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Status(500), Replies.Stream("IN_PROGRESS", "3"))
            .Then("stream", Replies.When(rest.Task, Replies.Stream("COMPLETED"))));
        await rig.PassUntilAsync((await rig.SubmitAsync(cancellationToken)).FollowAsync(new RecordingObserver(), default), cancellationToken);

        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default);
        await rig.PassUntilAsync(_observer.CountAsync(3, cancellationToken), cancellationToken);
        following.IsCompleted.Should().BeFalse();
        rest.SetResult();
        await rig.PassUntilAsync(following, cancellationToken);

        _observer.Events.Should().Equal("started 1", "1", "3");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_AggregateRepeatsWhatWasStreamed_OutputIsNull(CancellationToken cancellationToken)
    {
        // The aggregate is spaced and escaped differently: it is the same all the same.
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1", "\"\\u0062\""), Replies.Stream("COMPLETED", "{\"c\":3}"))
            .Always("status", Replies.Json(Aggregate)));

        end.Output.Should().BeNull();
        _observer.Outputs.Should().Equal("1", "\"\\u0062\"", "{\"c\":3}");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_RestartedFasterThanCouldBeSeen_TheWholeListIsTheOutput(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Stream("IN_PROGRESS", "1", "\"b\""), Replies.Stream("COMPLETED", "{\"c\":3}"))
            .Always("status", Replies.Json("""{"status":"COMPLETED","output":[1,"b",{"c":3}],"retries":1}""")));

        _observer.Outputs.Should().Equal("1", "1", "\"b\"", "{\"c\":3}");
        Encoding.UTF8.GetString(end.Output!).Should().Be("""[1,"b",{"c":3}]""", "what was streamed is no longer the answer");
    }
}
