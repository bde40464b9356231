using System.Text;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.RunPod;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FollowTests
{
    private readonly RecordingObserver _observer = new();

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_StreamingJob_DeliversChunksByteForByteAndNoOutput(CancellationToken cancellationToken)
    {
        const string Odd = """{ "a" : 1.0e0,  "é":"\u00e9\/<" }""";
        var end = await RunPodRig.FollowAsync(_observer, server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", Odd), Replies.Stream("COMPLETED", "\"b\""), Replies.Stream("COMPLETED"))
            .Then("status", Replies.Json("""{"id":"job-1","status":"COMPLETED","delayTime":11,"executionTime":22,"workerId":"w9"}""")));

        _observer.Events.Should().Equal("started 1", Odd, "\"b\"");
        end.Should().Be(new JobEnd(JobEndState.Completed) { DelayMs = 11, ExecutionMs = 22, WorkerId = "w9" });
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_FirstTerminalReplyHasChunks_DrainsUntilEmpty(CancellationToken cancellationToken)
    {
        await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("COMPLETED", "1"), Replies.Stream("COMPLETED", "2", "3"), Replies.Stream("COMPLETED")));

        _observer.Outputs.Should().Equal("1", "2", "3");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_OldWorkersMetricsBesideOutput_AreNoChunks(CancellationToken cancellationToken)
    {
        await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Json("""{"status":"COMPLETED","stream":[{"metrics":{"output":9},"output":"a"},{"metrics":{}},7,{"output":null}]}""")));

        _observer.Outputs.Should().Equal("\"a\"", "null");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_StatusStillShowsProgress_WaitsForTheResultInsteadOfTakingIt(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","output":"progress"}"""), Replies.Json("""{"status":"IN_PROGRESS","output":"late progress"}"""))
            .Always("status", Replies.Json("""{"status":"COMPLETED","output":"result"}""")));

        Encoding.UTF8.GetString(end.Output!).Should().Be("\"result\"");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_LateAnswerContradictsTheEnd_TheFirstEndStands(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("COMPLETED", "1"), Replies.Stream("IN_PROGRESS", "2"), Replies.Stream("IN_QUEUE"))
            .Always("status", Replies.Json("""{"status":"FAILED","error":"late"}""")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Events.Should().Equal("started 1", "1", "2");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_UnknownStates_AreReadOnThrough(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server.Then(
            "stream",
            Replies.Stream("WARMING_UP"), Replies.Json("""{"stream":null}"""), Replies.Json("""{"status":7,"stream":{}}"""),
            Replies.Stream("RUNNING", "1"), Replies.Stream("PAUSED"), Replies.Stream("COMPLETED")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Events.Should().Equal("started 1", "1");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_OneRouteAloneSaysNotFound_IsNotBelieved(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Status(404), Replies.Stream("COMPLETED", "1"))
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1"}""")));

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
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Always("stream", Replies.Status(500)).Always("status", Replies.Json("""{"status":"COMPLETED","output":"done","workerId":"w1"}""")));

        Encoding.UTF8.GetString(end.Output!).Should().Be("\"done\"");
        _observer.Events.Should().Equal("started 1");
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_ServerDoesNotHoldReads_DoesNotSpin(CancellationToken cancellationToken)
    {
        var ended = false;
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Always("stream", context => Replies.Stream(ended ? "COMPLETED" : "IN_QUEUE")(context)));
        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default);
        var started = rig.Time.GetTimestamp();
        await rig.PassUntilAsync(() => rig.Time.GetElapsedTime(started) > TimeSpan.FromSeconds(10), cancellationToken, stepMs: 20);

        rig.Server.Count("stream").Should().BeInRange(15, 40, "the pause between empty replies grows to half a second");
        ended = true;
        await rig.PassUntilAsync(following, cancellationToken);
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
        var end = await RunPodRig.FollowAsync(_observer, static server => server
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

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_JobEndsWhileItIsTakenBack_ItsOutputIsKept(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { StartTimeout = TimeSpan.FromSeconds(10) },
            static server => server.Always("stream", Replies.Stream("IN_QUEUE")));
        rig.Server.Always("cancel", context =>
        {
            rig.Server.Then("stream", Replies.Stream("COMPLETED", "1"), Replies.Stream("COMPLETED"));
            return Replies.Status(400)(context);
        });

        var end = await rig.PassUntilAsync(
            (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default), cancellationToken, stepMs: 500);

        end.State.Should().Be(JobEndState.Completed);
        _observer.Events.Should().Equal("started 1", "1");
        rig.Server.Count("cancel").Should().Be(1);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_JobRunsForLong_IsNotTakenForOneThatDoesNotStart(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { StartTimeout = TimeSpan.FromSeconds(10) },
            static server => server
                .Then("stream", [.. Enumerable.Repeat(Replies.Stream("IN_PROGRESS"), 35), Replies.Stream("IN_QUEUE"), Replies.Stream("COMPLETED", "1")])
                .Always("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1"}""")));
        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default);
        await rig.PassUntilAsync(() => _observer.Outputs.Count == 1, cancellationToken, stepMs: 200);
        rig.Server.Always("status", Replies.Json("""{"status":"COMPLETED"}"""));

        (await rig.PassUntilAsync(following, cancellationToken)).State.Should().Be(JobEndState.Completed);
        rig.Server.Count("cancel").Should().Be(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_JobOutlivesItsTtl_IsLost(CancellationToken cancellationToken)
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
    public async Task FollowAsync_Twice_IsRefused(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        var slot = await rig.SubmitAsync(cancellationToken);
        var following = slot.FollowAsync(_observer, default);

        // RunPod hands each chunk out once: two readers would each get half an answer.
        FluentActions.Invoking(() => { _ = slot.FollowAsync(new RecordingObserver(), default); }).Should().Throw<InvalidOperationException>();

        (await rig.PassUntilAsync(following, cancellationToken)).State.Should().Be(JobEndState.Completed);
    }
}
