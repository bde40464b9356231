using System.Text;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;

namespace Ingress.Tests.RunPod.Complaints;

/// <summary>What RunPod's users complain about, where a job's output is read.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StreamComplaintTests
{
    private readonly RecordingObserver _observer = new();

    // https://github.com/OpenAccess-AI-Collective/servereless-runpod-ggml/issues/5
    [Test, CancelAfter(20_000)]
    public async Task Complaint_StreamIsEmpty_PlainHandlersOutputComesFromStatusByteForByte(CancellationToken cancellationToken)
    {
        const string Output = """[ {"x" : "\u00e9" } , 1.00 ]""";
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("IN_QUEUE"), Replies.Stream("IN_PROGRESS"), Replies.Stream("COMPLETED"))
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS","output":"half-way","workerId":"w1","delayTime":3}"""))
            .Always("status", Replies.Json($$"""{"status":"COMPLETED","output":{{Output}},"workerId":"w1","executionTime":5}""")));

        Encoding.UTF8.GetString(end.Output!).Should().Be(Output);
        _observer.Events.Should().Equal("started 1");
        _observer.Starts.Should().Equal(new JobStart("w1", 3, 1));
    }

    [TestCase("COMPLETED", JobEndState.Completed)]
    [TestCase("FAILED", JobEndState.Failed)]
    [TestCase("CANCELLED", JobEndState.Cancelled)]
    [TestCase("TIMED_OUT", JobEndState.TimedOut)]
    [CancelAfter(20_000)]
    public async Task Complaint_StreamLoopNeverEnded_EveryFinalStateEndsIt(string status, JobEndState state, CancellationToken cancellationToken)
    {
        // https://github.com/runpod/runpod-python/pull/404
        var end = await RunPodRig.FollowAsync(_observer, server => server
            .Then("stream", Replies.Stream("IN_QUEUE"), Replies.Stream(status))
            .Always("status", Replies.Json($$"""{"status":"{{status}}"}""")));

        end.State.Should().Be(state);
    }

    // https://github.com/runpod/runpod-python/issues/397
    [Test, CancelAfter(20_000)]
    public async Task Complaint_ErrorTextMissingFromTheStream_ComesFromStatusWithoutItsTraceback(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Stream("FAILED"))
            .Always("status", Replies.Json("""{"status":"FAILED","error":"{\"error_type\":\"<class 'ValueError'>\",\"error_message\":\"bad prompt\",\"error_traceback\":\"Traceback …\",\"hostname\":\"h\",\"worker_id\":\"w\"}","executionTime":4}""")));

        end.State.Should().Be(JobEndState.Failed);
        end.Error.Should().Be("bad prompt");
        _observer.Outputs.Should().Equal("1");
    }

    // https://github.com/davefojtik/RunPod-Fooocus-API/issues/37
    [Test, CancelAfter(20_000)]
    public async Task Complaint_HtmlInsteadOfJson_IsRetriedAndTheJobGoesOn(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Html(), Replies.Status(502, body: "<html>"), Replies.Status(429), Replies.Status(503, retryAfter: "2"), Replies.Stream("COMPLETED", "1")));

        end.State.Should().Be(JobEndState.Completed);
        _observer.Outputs.Should().Equal("1");
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

    // https://github.com/runpod/runpod-python/issues/210 and https://github.com/runpod/docs/pull/139
    [Test, CancelAfter(20_000)]
    public async Task Complaint_StreamIsNoHttpStream_IsReadByGetWithALongPollUntilItsEnd(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1"), Replies.Stream("IN_PROGRESS", "2"), Replies.Stream("COMPLETED")));

        await rig.PassUntilAsync((await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, default), cancellationToken);

        _observer.Outputs.Should().Equal("1", "2");
        var reads = rig.Server.Calls.Where(static call => call.Operation == "stream").ToList();
        reads.Should().HaveCount(3).And.OnlyContain(static call => call.Method == "GET" && call.JobId == "job-1");
        reads.Select(static call => int.Parse(call.Query.Replace("?wait=", string.Empty))).Should().OnlyContain(static wait => wait >= 1_000 && wait <= 60_000);
    }

    // https://github.com/runpod/runpod-python/issues/396: the OpenAI route is cut off after some minutes; /run and /stream are not.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_OpenAiRouteIsCutOff_LongAnswersComeByRunAndStream(CancellationToken cancellationToken)
    {
        RunPodRig? rig = null;
        await using var started = rig = await RunPodRig.StartAsync(script: server =>
        {
            foreach (var chunk in Enumerable.Range(0, 60))
            {
                server.Then("stream", context =>
                {
                    rig!.Time.Advance(TimeSpan.FromSeconds(10)); // as long as RunPod holds a read back
                    return Replies.Stream("IN_PROGRESS", $"{chunk}")(context);
                });
            }
        });
        var slot = await rig.SubmitAsync(cancellationToken);
        var since = rig.Time.GetTimestamp();

        var end = await slot.FollowAsync(_observer, default).WaitAsync(cancellationToken);

        end.State.Should().Be(JobEndState.Completed);
        _observer.Outputs.Should().HaveCount(60);
        rig.Time.GetElapsedTime(since).Should().BeGreaterThan(TimeSpan.FromMinutes(9));
        rig.Server.Calls.Select(static call => call.Operation).Distinct().Should().BeSubsetOf(["health", "run", "stream", "status"]);
    }
}
