using System.Text;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.RunPod;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FollowTests
{
    private const string Aggregate = """{"status":"COMPLETED","output":[ 1 ,"b",{"c": 3}],"delayTime":1,"executionTime":2,"workerId":"w1"}""";
    private readonly RecordingObserver _observer = new();

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_StreamingJob_DeliversChunksByteForByteAndNoOutput(CancellationToken cancellationToken)
    {
        const string Odd = """{ "a" : 1.0e0,  "é":"\u00e9\/<" }""";
        var end = await FollowAsync(server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", Odd), Replies.Stream("COMPLETED", "\"b\""), Replies.Stream("COMPLETED"))
            .Then("status", Replies.Json("""{"id":"job-1","status":"COMPLETED","delayTime":11,"executionTime":22,"workerId":"w9"}""")));

        _observer.Events.Should().Equal("started 1", Odd, "\"b\"");
        end.Should().Be(new JobEnd(JobEndState.Completed) { DelayMs = 11, ExecutionMs = 22, WorkerId = "w9" });
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_FirstTerminalReplyHasChunks_DrainsUntilEmpty(CancellationToken cancellationToken)
    {
        await FollowAsync(static server => server
            .Then("stream", Replies.Stream("COMPLETED", "1"), Replies.Stream("COMPLETED", "2", "3"), Replies.Stream("COMPLETED")));

        _observer.Outputs.Should().Equal("1", "2", "3");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ReadsWithALongPollInRunPodsRange(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        await rig.PassUntilAsync((await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default), cancellationToken);

        var call = await rig.Server.ArrivalAsync("stream", cancellationToken);
        call.Method.Should().Be("GET");
        call.JobId.Should().Be("job-1");
        int.Parse(call.Query.Replace("?wait=", string.Empty)).Should().BeInRange(1_000, 60_000);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_OldWorkersMetricsBesideOutput_AreNoChunks(CancellationToken cancellationToken)
    {
        await FollowAsync(static server => server
            .Then("stream", Replies.Json("""{"status":"COMPLETED","stream":[{"metrics":{"output":9},"output":"a"},{"metrics":{}},7,{"output":null}]}""")));

        _observer.Outputs.Should().Equal("\"a\"", "null");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_AggregateRepeatsWhatWasStreamed_OutputIsNull(CancellationToken cancellationToken)
    {
        // The aggregate is spaced and escaped differently: it is the same all the same.
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1", "\"\\u0062\""), Replies.Stream("COMPLETED", "{\"c\":3}"))
            .Always("status", Replies.Json(Aggregate)));

        end.Output.Should().BeNull();
        _observer.Outputs.Should().Equal("1", "\"\\u0062\"", "{\"c\":3}");
    }

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
        var end = await FollowAsync(server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), lost, Replies.Stream("COMPLETED"))
            .Always("status", Replies.Json(Aggregate)));

        _observer.Outputs.Should().Equal("1", "\"b\"", "{\"c\": 3}");
        end.Output.Should().BeNull();
    }

    [TestCaseSource(nameof(LostReplies)), CancelAfter(20_000)]
    public async Task FollowAsync_MiddleChunksLostOnTheWire_AllAreDeliveredInOrder(RequestDelegate lost, CancellationToken cancellationToken)
    {
        var end = await FollowAsync(server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), lost, Replies.Stream("COMPLETED", "{\"c\":3}"))
            .Always("status", Replies.Json(Aggregate)));

        _observer.Outputs.Should().Equal("1", "\"b\"", "{\"c\": 3}");
        end.Output.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ChunkMissingFromAGoodReply_TailIsStillMadeGood(CancellationToken cancellationToken)
    {
        await FollowAsync(static server => server
            .Then("stream", Replies.Stream("COMPLETED", "1", "\"b\"")).Always("status", Replies.Json(Aggregate)));

        _observer.Outputs.Should().Equal("1", "\"b\"", "{\"c\": 3}");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ReplyLostButNoAggregate_DeliversTheRestAtTheEnd(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
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

    // https://github.com/OpenAccess-AI-Collective/servereless-runpod-ggml/issues/5
    [Test, CancelAfter(20_000)]
    public async Task Complaint_StreamIsEmpty_PlainHandlersOutputComesFromStatusByteForByte(CancellationToken cancellationToken)
    {
        const string Output = """[ {"x" : "\u00e9" } , 1.00 ]""";
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Stream("IN_QUEUE"), Replies.Stream("IN_PROGRESS"), Replies.Stream("COMPLETED"))
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","output":"half-way","workerId":"w1","delayTime":3}"""))
            .Always("status", Replies.Json($$"""{"status":"COMPLETED","output":{{Output}},"workerId":"w1","executionTime":5}""")));

        Encoding.UTF8.GetString(end.Output!).Should().Be(Output);
        _observer.Events.Should().Equal("started 1");
        _observer.Starts.Should().Equal(new JobStart("w1", 3, 1));
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_StatusStillShowsProgress_WaitsForTheResultInsteadOfTakingIt(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","output":"progress"}"""), Replies.Json("""{"status":"IN_PROGRESS","output":"late progress"}"""))
            .Always("status", Replies.Json("""{"status":"COMPLETED","output":"result"}""")));

        Encoding.UTF8.GetString(end.Output!).Should().Be("\"result\"");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_LateAnswerContradictsTheEnd_TheFirstEndStands(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Stream("COMPLETED", "1"), Replies.Stream("IN_PROGRESS", "2"), Replies.Stream("IN_QUEUE"))
            .Always("status", Replies.Json("""{"status":"FAILED","error":"late"}""")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Events.Should().Equal("started 1", "1", "2");
    }

    [TestCase("COMPLETED", JobEndState.Completed)]
    [TestCase("FAILED", JobEndState.Failed)]
    [TestCase("CANCELLED", JobEndState.Cancelled)]
    [TestCase("TIMED_OUT", JobEndState.TimedOut)]
    [CancelAfter(20_000)]
    public async Task Complaint_StreamLoopNeverEnded_EveryFinalStateEndsIt(string status, JobEndState state, CancellationToken cancellationToken)
    {
        // https://github.com/runpod/runpod-python/pull/404
        var end = await FollowAsync(server => server
            .Then("stream", Replies.Stream("IN_QUEUE"), Replies.Stream(status))
            .Always("status", Replies.Json($$"""{"status":"{{status}}"}""")));

        end.State.Should().Be(state);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_UnknownStates_AreReadOnThrough(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server.Then(
            "stream",
            Replies.Stream("WARMING_UP"), Replies.Json("""{"stream":null}"""), Replies.Json("""{"status":7,"stream":{}}"""),
            Replies.Stream("RUNNING", "1"), Replies.Stream("PAUSED"), Replies.Stream("COMPLETED")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Events.Should().Equal("started 1", "1");
    }

    // https://github.com/runpod/runpod-python/issues/397
    [Test, CancelAfter(20_000)]
    public async Task Complaint_ErrorTextMissingFromTheStream_ComesFromStatusWithoutItsTraceback(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Stream("FAILED"))
            .Always("status", Replies.Json("""{"status":"FAILED","error":"{\"error_type\":\"<class 'ValueError'>\",\"error_message\":\"bad prompt\",\"error_traceback\":\"Traceback …\",\"hostname\":\"h\",\"worker_id\":\"w\"}","executionTime":4}""")));

        end.State.Should().Be(JobEndState.Failed);
        end.Error.Should().Be("bad prompt");
        _observer.Outputs.Should().Equal("1");
    }

    // https://github.com/runpod/runpod-python/issues/56
    [Test, CancelAfter(20_000)]
    public async Task Complaint_TtlHitMidRun_NotFoundIsLost(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1")).Always("stream", Replies.Status(404)).Always("status", Replies.Status(404)));

        end.Should().Be(new JobEnd(JobEndState.Lost));
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_OneRouteAloneSaysNotFound_IsNotBelieved(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Status(404), Replies.Stream("COMPLETED", "1"))
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1"}""")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Outputs.Should().Equal("1");
    }

    // https://github.com/davefojtik/RunPod-Fooocus-API/issues/37
    [Test, CancelAfter(20_000)]
    public async Task Complaint_HtmlInsteadOfJson_IsRetriedAndTheJobGoesOn(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Html(), Replies.Status(502, body: "<html>"), Replies.Status(429), Replies.Status(503, retryAfter: "2"), Replies.Stream("COMPLETED", "1")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Outputs.Should().Equal("1");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_KeyRefusedForAWhile_TriesSlowlyAndGoesOn(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("stream", Replies.Status(401), Replies.Status(403)));
        var slot = await rig.SubmitAsync(cancellationToken);
        var started = rig.Time.GetTimestamp();

        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, default), cancellationToken, stepMs: 500);

        end.State.Should().Be(JobEndState.Completed);
        rig.Time.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromSeconds(10));
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_StreamRouteBroken_EndIsFoundThroughStatus(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Always("stream", Replies.Status(500)).Always("status", Replies.Json("""{"status":"COMPLETED","output":"done","workerId":"w1"}""")));

        Encoding.UTF8.GetString(end.Output!).Should().Be("\"done\"");
        _observer.Events.Should().Equal("started 1");
    }

    // https://github.com/runpod-workers/worker-comfyui/issues/129: the worker's result was refused, and nobody hears of the job again.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_JobNeverEnds_IsLostWhenItsTimeToLiveIsOver(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { JobTtl = TimeSpan.FromSeconds(30) },
            static server => server.Always("stream", Replies.Stream("IN_PROGRESS")).Always("status", Replies.Json("""{"status":"IN_PROGRESS"}""")));
        var slot = await rig.SubmitAsync(cancellationToken);
        var started = rig.Time.GetTimestamp();

        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, default), cancellationToken, stepMs: 500);

        end.State.Should().Be(JobEndState.Lost);
        rig.Time.GetElapsedTime(started).Should().BeCloseTo(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(5));
        rig.Backend.CountedSlots.Should().Be(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ServerDoesNotHoldReads_DoesNotSpin(CancellationToken cancellationToken)
    {
        var ended = false;
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Always("stream", context => Replies.Stream(ended ? "COMPLETED" : "IN_QUEUE")(context)));
        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default);
        var started = rig.Time.GetTimestamp();
        await rig.PassUntilAsync(() => rig.Time.GetElapsedTime(started) > TimeSpan.FromSeconds(10), cancellationToken, stepMs: 10);

        rig.Server.Count("stream").Should().BeInRange(15, 40, "the pause between empty replies grows to half a second");
        ended = true;
        await rig.PassUntilAsync(following, cancellationToken);
    }

    // https://github.com/runpod-workers/worker-vllm/issues/13
    [Test, CancelAfter(20_000)]
    public async Task Complaint_StreamingIsSlow_ReadsAgainAtOnceAfterEachChunk(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", [.. Enumerable.Range(0, 50).Select(static i => Replies.Stream("IN_PROGRESS", $"{i}"))]));
        var slot = await rig.SubmitAsync(cancellationToken);

        var end = await slot.FollowAsync(_observer, default).WaitAsync(cancellationToken); // without any passing of time

        end.State.Should().Be(JobEndState.Completed);
        _observer.Outputs.Should().HaveCount(50);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_JobRuns_TellsWhoRunsItWithoutDelayingChunks(CancellationToken cancellationToken)
    {
        var chunk = new TaskCompletionSource();
        var who = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Then("stream", Replies.Stream("IN_PROGRESS"), Replies.When(chunk.Task, Replies.Stream("IN_PROGRESS", "1")))
            .Then("status", Replies.When(who.Task, Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1","delayTime":9}"""))));
        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default);
        await rig.PassUntilAsync(rig.Server.ArrivalAsync("status", cancellationToken), cancellationToken);
        await rig.PassUntilAsync(() => rig.Server.Count("stream") == 2, cancellationToken);

        who.SetResult();
        await _observer.CountAsync(1, cancellationToken);
        _observer.Starts.Should().Equal(new JobStart("w1", 9, 1));
        chunk.SetResult();
        await rig.PassUntilAsync(following, cancellationToken);

        _observer.Events.Should().Equal("started 1", "1");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_WhoRunsItIsSlowToCome_ChunksGoFirst(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS"), Replies.Stream("IN_PROGRESS", "1"))
            .Then("status", Replies.Hang()));
        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default);

        await rig.PassUntilAsync(following, cancellationToken);

        _observer.Events.Should().Equal("started 1", "1");
        _observer.Starts.Should().Equal(new JobStart(null, null, 1));
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_PlatformRestartsTheJob_TellsTheNewAttempt(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Stream("IN_QUEUE"), Replies.Stream("IN_PROGRESS", "1", "2"), Replies.Stream("COMPLETED"))
            .Always("status", Replies.Json("""{"status":"COMPLETED","output":[1,2],"retries":1,"workerId":"w2"}""")));

        _observer.Events.Should().Equal("started 1", "1", "started 2", "1", "2");
        end.Output.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_RestartSeenOnlyInStatus_TellsTheNewAttemptAndWorker(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", [.. Enumerable.Repeat(Replies.Stream("IN_PROGRESS"), 60)])
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1"}"""))
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w2","retries":1}""")));

        await rig.PassUntilAsync((await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default), cancellationToken);

        _observer.Starts.Should().Equal(new JobStart("w1", null, 1), new JobStart("w2", null, 2));
    }

    // https://github.com/runpod-workers/worker-vllm/issues/29
    [Test, CancelAfter(20_000)]
    public async Task Complaint_FailingJobIsRestartedOverAndOver_IsCancelledAfterAFewTimes(CancellationToken cancellationToken)
    {
        var end = await FollowAsync(static server => server
            .Always("stream", Replies.Stream("IN_PROGRESS"))
            .Always("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1","retries":6}""")));

        end.State.Should().Be(JobEndState.Failed);
        end.Error.Should().Contain("restarted");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ReadsAreScarce_SparesThoseThatCarryNoWords(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { Limits = new RunPodLimitOptions { ReadRequests = 20 } },
            static server => server
                .Then("stream", Replies.Stream("COMPLETED", "0"), Replies.Stream("COMPLETED"))
                .Then("stream", Replies.Stream("IN_PROGRESS"), Replies.Stream("IN_PROGRESS", "1"), Replies.Stream("COMPLETED", "2")));
        var first = (await rig.SubmitAsync(cancellationToken)).FollowAsync(new RecordingObserver(), default);
        await rig.PassUntilAsync(first, cancellationToken); // shows that the handler makes no list of its chunks

        var end = await rig.PassUntilAsync((await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default), cancellationToken);

        end.State.Should().Be(JobEndState.Completed);
        _observer.Outputs.Should().Equal("1", "2");
        rig.Server.Count("status").Should().Be(1);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_EverythingGoesWrong_LogsNoPayloadAndNoKey(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", Replies.Status(500, body: "OUTPUT_TEXT"), Replies.Json("""{"status":"FAILED","stream":[{"output":"OUTPUT_TEXT"}]}"""))
            .Then("run", Replies.Status(500))
            .Always("status", Replies.Json("""{"status":"FAILED","error":"OUTPUT_TEXT"}""")));
        var failed = await rig.AcquireAsync(cancellationToken);
        await failed.Submit(RunPodRig.Job("""{"p":"INPUT_TEXT"}""")).Answer.WaitAsync(cancellationToken);
        failed.Release();
        var slot = await rig.PassUntilAsync(rig.SubmitAsync(cancellationToken, RunPodRig.Job("""{"p":"INPUT_TEXT"}""")), cancellationToken);
        await rig.PassUntilAsync(slot.FollowAsync(_observer, default), cancellationToken);

        var log = string.Join('\n', rig.Logs.GetSnapshot().Select(static r => r.Message + r.Exception));
        log.Should().NotBeEmpty();
        log.Should().NotContain("INPUT_TEXT").And.NotContain("OUTPUT_TEXT").And.NotContain("rpa_secret");
        rig.Logs.GetSnapshot().Should().NotContain(static r => r.Level >= LogLevel.Error);
    }

    private async Task<JobEnd> FollowAsync(Action<ScriptedRunPod> script)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var rig = await RunPodRig.StartAsync(script: script);
        var slot = await rig.SubmitAsync(cancellationToken);
        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, CancellationToken.None), cancellationToken);
        slot.Release();
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots, rig.Backend.OpenCancels).Should().Be((0, 0, 0));
        return end;
    }
}
