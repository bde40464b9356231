using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.RunPod.Complaints;

/// <summary>What RunPod's users complain about, where workers start, are counted or do not come.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WorkerComplaintTests
{
    // Named after what RunPod's users complain about: https://github.com/Paritok-official/paritok-4b-v1/issues/30
    [Test, CancelAfter(20_000)]
    public async Task Complaint_HealthSaidAvailableWhileOnlyUnhealthy_StateTellsBrokenFromFull(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Health(unhealthy: 2, inQueue: 3)));

        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.Workers is not null, cancellationToken);

        rig.Backend.Snapshot.State.Should().Be(BackendState.Unhealthy);
        rig.Backend.Snapshot.WaitReason.Should().Be(WaitReason.WorkersUnhealthy);
    }

    // https://github.com/ai-dock/comfyui/issues/16
    [Test, CancelAfter(20_000)]
    public async Task Complaint_ThrottledForEver_OneJobWaitsThereAndNothingSpins(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Always("health", Replies.Health(throttled: 1, inQueue: 1)).Always("stream", Replies.Held("IN_QUEUE")));
        var slot = await rig.SubmitAsync(cancellationToken);
        using var left = new CancellationTokenSource();
        var following = slot.FollowAsync(new RecordingObserver(), left.Token);
        rig.Demand.Waiting = 50;
        rig.Backend.DemandChanged();

        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(static s =>
            s.State == BackendState.Throttled && s.WaitReason == WaitReason.WorkersThrottled && s.FreeSlots == 0);
        rig.Server.Count("stream").Should().BeLessThan(3);
        await left.CancelAsync();
        await following.WaitAsync(cancellationToken);
    }

    // https://github.com/runpod/flash/issues/364
    [Test, CancelAfter(20_000)]
    public async Task Complaint_EndpointFlapsBetweenRunningAndIdle_DemandIsOurOwnQueueOnly(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Health(running: 1)));
        await rig.Server.ArrivalAsync("health", cancellationToken);
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        await Task.Delay(20, cancellationToken);

        rig.Server.Count("health").Should().Be(1, "a running worker is no reason to poll");
        rig.Server.Count("run").Should().Be(0);
    }

    // https://github.com/runpod/runpod-mcp/pull/62: jobs stay IN_QUEUE, since every worker crashes as it starts.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_StuckInQueueBehindCrashingWorkers_IsCalledUnhealthyAndTakenBack(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { StartTimeout = TimeSpan.FromSeconds(30) },
            static server => server.Always("health", Replies.Health(unhealthy: 3, inQueue: 1)).Always("stream", Replies.Stream("IN_QUEUE")));
        var stuck = (await rig.SubmitAsync(cancellationToken)).FollowAsync(new RecordingObserver(), CancellationToken.None);
        var started = rig.Time.GetTimestamp();
        var next = rig.AcquireAsync(cancellationToken);
        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(static s =>
            s.State == BackendState.Unhealthy && s.WaitReason == WaitReason.WorkersUnhealthy && s.FreeSlots == 0);

        var end = await rig.PassUntilAsync(stuck, cancellationToken, stepMs: 500);

        end.State.Should().Be(JobEndState.TimedOut);
        end.Error.Should().Be("RunPod has not started the job within 30 s.");
        rig.Time.GetElapsedTime(started).Should().BeCloseTo(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5));
        (await rig.Server.ArrivalAsync("cancel", cancellationToken)).JobId.Should().Be("job-1");
        (await next.WaitAsync(cancellationToken)).Release();
    }

    // https://github.com/ashleykleynhans/runpod-worker-real-esrgan/issues/1: no worker may start, and nothing in /health says so.
    [Test, CancelAfter(30_000)]
    public async Task Complaint_StuckInQueueByConfiguration_OneAtATimeIsSentAndTakenBack()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions { MaxWorkers = 0, HealthLag = TimeSpan.Zero },
            new RunPodOptions { StartTimeout = TimeSpan.FromMilliseconds(100), PollInterval = TimeSpan.FromMilliseconds(50) });
        var most = 0;

        var jobs = await rig.ForwardAsync(2, static _ => """{"prompt":"a"}""", _ => most = Math.Max(most, rig.Backend.CountedSlots));

        jobs.Should().OnlyContain(static job => job.End.State == JobEndState.TimedOut && job.Seen.Events.Count == 0);
        most.Should().Be(1, "whatever else waits can leave without a trace at RunPod");
        rig.Simulator.Engine.Jobs().Should().HaveCount(2).And.OnlyContain(static job => job.State == SimulatedJobState.Cancelled);
    }

    // https://github.com/runpod/runpod-python/issues/432: two workers are free by every count, and the third gets all the jobs.
    [Test, CancelAfter(20_000)]
    public async Task Complaint_OneWorkerGetsAllJobs_OwnJobsCountAndNotIdleWorkers(CancellationToken cancellationToken)
    {
        var first = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(new RunPodOptions { MaxWorkers = 9 }, server => server
            .Always("health", Replies.Health(running: 1, idle: 2, inProgress: 1, inQueue: 2))
            .Always("stream", context => (string)context.Request.RouteValues["id"]! == "job-1"
                ? Replies.When(first.Task, Replies.Stream("COMPLETED"))(context)
                : Replies.Held("IN_QUEUE")(context)));
        rig.Server.Then("health", Replies.Health(running: 1, idle: 2));
        using var left = new CancellationTokenSource();
        var following = new List<Task<JobEnd>>();
        for (var i = 0; i < 3; i++)
        {
            following.Add((await rig.SubmitAsync(cancellationToken)).FollowAsync(new RecordingObserver(), left.Token));
        }

        rig.Demand.Waiting = 50;
        rig.Backend.DemandChanged();
        rig.Backend.Snapshot.FreeSlots.Should().Be(0, "two workers look free, but the jobs that were meant for them wait");
        first.SetResult();
        await following[0].WaitAsync(cancellationToken);

        rig.Backend.Snapshot.FreeSlots.Should().Be(1, "one job has ended");
        await left.CancelAsync();
        await Task.WhenAll(following).WaitAsync(cancellationToken);
    }

    // https://github.com/runpod-workers/worker-comfyui/issues/90
    [Test, CancelAfter(30_000)]
    public async Task Complaint_ColdStartTakesLong_IsCalledStartingAndWaitedFor()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions { MaxWorkers = 1, ColdStart = TimeSpan.FromSeconds(1), HealthLag = TimeSpan.Zero, ChunkDelay = TimeSpan.Zero },
            new RunPodOptions { MaxWorkers = 1, PollInterval = TimeSpan.FromMilliseconds(50) });
        var reasons = new List<WaitReason>();

        var jobs = await rig.ForwardAsync(2, static _ => """{"prompt":"a b"}""", _ => reasons.Add(rig.Backend.Snapshot.WaitReason));

        reasons[0].Should().Be(WaitReason.WorkersStarting);
        jobs.Should().OnlyContain(static job => job.End.State == JobEndState.Completed && job.Seen.Outputs.Count == 2);
        jobs[0].End.DelayMs.Should().BeGreaterThanOrEqualTo(1_000, "that is what the client is told it waited there");
    }
}
