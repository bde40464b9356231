using System.Reflection;
using System.Text.Json;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Ingress.RunPod.Client;
using Ingress.Tests.Support;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Refit;

namespace Ingress.Tests.RunPod.Complaints;

/// <summary>What RunPod's users complain about, where a job is handed over, runs too long or does not end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobComplaintTests
{
    private readonly RecordingObserver _observer = new();

    // https://github.com/runpod/runpod-python/issues/56
    [Test, CancelAfter(20_000)]
    public async Task Complaint_TtlHitMidRun_NotFoundIsLost(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1")).Always("stream", Replies.Status(404)).Always("status", Replies.Status(404)));

        end.Should().Be(new JobEnd(JobEndState.Lost));
    }

    // https://github.com/runpod-workers/worker-comfyui/issues/129: RunPod refused the worker's result, and nobody hears of the job again.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_ResultIsOverTheLimit_JobThatNeverEndsIsTakenBackAfterItsExecutionTimeout(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { ExecutionTimeout = TimeSpan.FromSeconds(20) },
            static server => server.Always("stream", Replies.Stream("IN_PROGRESS")).Always("status", Replies.Json("""{"status":"IN_PROGRESS"}""")));
        var slot = await rig.SubmitAsync(cancellationToken);
        var started = rig.Time.GetTimestamp();

        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, default), cancellationToken, stepMs: 500);

        end.State.Should().Be(JobEndState.TimedOut);
        end.Error.Should().Be("RunPod has not ended the job at its execution timeout of 20 s.");
        rig.Time.GetElapsedTime(started).Should().BeCloseTo(TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(5));
        rig.Server.Count("cancel").Should().Be(1);
        rig.Backend.CountedSlots.Should().Be(0);
    }

    // https://github.com/runpod-workers/worker-vllm/issues/29
    [Test, CancelAfter(20_000)]
    public async Task Complaint_FailingJobIsRestartedOverAndOver_IsCancelledAfterAFewTimes(CancellationToken cancellationToken)
    {
        var end = await RunPodRig.FollowAsync(_observer, static server => server
            .Always("stream", Replies.Stream("IN_PROGRESS"))
            .Always("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w1","retries":6}""")));

        end.State.Should().Be(JobEndState.Failed);
        end.Error.Should().Contain("restarted");
    }

    // https://github.com/runpod/runpod-python/pull/510: what a cancelled job costs on is at least measured.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_CancelledJobsKeptRunning_TimeUntilConfirmationIsMeasured(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", "1")).Always("stream", Replies.Held("IN_PROGRESS")).Then("cancel", Replies.Status(429)));
        using var cancels = new MetricCollector<double>(rig.Meters, "Ingress", "ingress.cancel.duration");
        using var wasted = new MetricCollector<double>(rig.Meters, "Ingress", "ingress.gpu.wasted.duration");
        using var left = new CancellationTokenSource();
        var following = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, left.Token);
        await rig.PassUntilAsync(_observer.CountAsync(2, cancellationToken), cancellationToken);

        await left.CancelAsync();
        await rig.PassUntilAsync(following, cancellationToken);

        cancels.LastMeasurement!.Value.Should().BeGreaterThan(0);
        cancels.LastMeasurement.Tags["runpod.endpoint"].Should().Be("default");
        wasted.LastMeasurement!.Value.Should().Be(cancels.LastMeasurement.Value);
    }

    // https://github.com/objctp/runpod-cli/issues/49: /runsync that times out leaves a job behind whose id nobody has.
    [Test]
    public void Complaint_RunSyncLosesTheJobsId_IsNotAmongTheOperationsThatTheClientHas()
    {
        var operations = typeof(IRunPodApi).GetMethods()
            .SelectMany(static method => method.GetCustomAttributes<HttpMethodAttribute>())
            .Select(static operation => $"{operation.Method} {operation.Path}");

        operations.Should().BeEquivalentTo("POST /run", "GET /status/{jobId}", "GET /stream/{jobId}", "POST /cancel/{jobId}", "GET /health");
    }

    // https://github.com/ashleykleynhans/runpod-worker-a1111/issues/4: the job's reader hears of its end, so none has to be called.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_WebhookIsCalledAgainAndAgain_NoneIsEverAskedFor(CancellationToken cancellationToken)
    {
        await using var runPod = await ScriptedRunPod.StartAsync();
        await using var server = await IngressServer.StartAsync(
            ("RunPod:BaseUrl", runPod.BaseUrl), ("RunPod:EndpointId", "ep1"), ("RunPod:ApiKey", "key"));
        await using var client = await server.ConnectAsync(cancellationToken);

        await client.SendAsync("""{"type":"request","id":"a","input":{"p":1},"webhook":"http://h/","webhookV2":"http://h/","s3Config":{}}""", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);

        using var sent = JsonDocument.Parse((await runPod.ArrivalAsync("run", cancellationToken)).Body);
        sent.RootElement.EnumerateObject().Select(static field => field.Name).Should().Equal("input", "policy");
    }

    // Nobody has published what a 429 of this API looks like: with and without Retry-After, whatever the body, on every operation.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_NobodyKnowsWhen429Comes_EveryOperationWaitsAndGoesOn(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("run", Replies.Status(429, body: "slow down")).Then("health", Replies.Status(429, retryAfter: "1"))
            .Then("stream", Replies.Status(429, retryAfter: "3"), Replies.Stream("IN_PROGRESS", "1"), Replies.Status(429, body: ""))
            .Then("status", Replies.Status(429)).Then("cancel", Replies.Status(429, retryAfter: "2")));
        var started = rig.Time.GetTimestamp();
        var refused = await rig.PassUntilAsync(rig.AcquireAsync(cancellationToken), cancellationToken);
        (await refused.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken)).Outcome.Should().Be(SubmitOutcome.NotTaken);
        refused.Release();
        rig.Backend.Snapshot.FreeSlots.Should().Be(0);

        var slot = await rig.PassUntilAsync(rig.SubmitAsync(cancellationToken), cancellationToken);
        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, default), cancellationToken);
        var unwanted = await rig.PassUntilAsync(rig.SubmitAsync(cancellationToken), cancellationToken);
        var cancelled = await rig.PassUntilAsync(unwanted.FollowAsync(_observer, new CancellationToken(canceled: true)), cancellationToken);

        (end.State, cancelled.State).Should().Be((JobEndState.Completed, JobEndState.Cancelled));
        _observer.Outputs.Should().Equal("1");
        rig.Time.GetElapsedTime(started).Should().BeGreaterThan(TimeSpan.FromSeconds(6), "1 s, 3 s and 2 s were asked for");
        (rig.Server.Count("run"), rig.Server.Count("cancel")).Should().Be((3, 2));
    }
}
