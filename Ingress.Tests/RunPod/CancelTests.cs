using System.Collections.Concurrent;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Ingress.Tests.RunPod;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CancelTests
{
    private readonly RecordingObserver _observer = new();

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_Abandoned_CancelsAndHoldsTheSlotUntilConfirmed(CancellationToken cancellationToken)
    {
        var confirm = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Always("stream", Replies.Held("IN_PROGRESS"))
            .Always("cancel", Replies.When(confirm.Task, Replies.Json("""{"status":"CANCELLED"}"""))));
        var slot = await rig.SubmitAsync(cancellationToken);
        using var left = new CancellationTokenSource();
        var following = slot.FollowAsync(_observer, left.Token);
        await rig.Server.ArrivalAsync("stream", cancellationToken);

        await left.CancelAsync();
        var call = await rig.Server.ArrivalAsync("cancel", cancellationToken);
        slot.Release();

        (call.Method, call.JobId).Should().Be(("POST", "job-1"));
        following.IsCompleted.Should().BeFalse();
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots).Should().Be((1, 1), "the GPU is not free before RunPod says so");
        confirm.SetResult();
        (await following.WaitAsync(cancellationToken)).State.Should().Be(JobEndState.Cancelled);
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots).Should().Be((0, 0));
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_AbandonedBeforeItBegan_CancelsWithoutReading(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        var slot = await rig.SubmitAsync(cancellationToken);

        var end = await slot.FollowAsync(_observer, new CancellationToken(canceled: true)).WaitAsync(cancellationToken);

        end.State.Should().Be(JobEndState.Cancelled);
        rig.Server.Count("cancel").Should().Be(1);
        rig.Server.Count("stream").Should().Be(0);
        _observer.Events.Should().BeEmpty();
    }

    [TestCase(404, JobEndState.Cancelled, 1, Description = "gone")]
    [TestCase(400, JobEndState.Completed, 1, Description = "terminal already: its status tells")]
    [TestCase(409, JobEndState.Completed, 1)]
    [TestCase(429, JobEndState.Cancelled, 2)]
    [TestCase(500, JobEndState.Cancelled, 2)]
    [TestCase(503, JobEndState.Cancelled, 2)]
    [TestCase(401, JobEndState.Cancelled, 2)]
    [CancelAfter(20_000)]
    public async Task Cancel_FirstAnswer_IsRepeatedUntilTheJobIsOver(int status, JobEndState state, int calls, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Then("cancel", Replies.Status(status)));
        var slot = await rig.SubmitAsync(cancellationToken);

        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, new CancellationToken(canceled: true)), cancellationToken);

        end.State.Should().Be(state);
        rig.Server.Count("cancel").Should().Be(calls);
        rig.Backend.OpenCancels.Should().Be(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task Cancel_ResetAndHtmlAndStillRunning_IsRepeatedUntilTheJobIsOver(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("cancel", Replies.Reset(), Replies.Html(), Replies.Status(400), Replies.Json("""{"status":"IN_PROGRESS"}"""))
            .Then("status", Replies.Json("""{"status":"IN_PROGRESS"}"""), Replies.Status(500), Replies.Json("""{"status":"IN_PROGRESS"}""")));
        var slot = await rig.SubmitAsync(cancellationToken);

        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, new CancellationToken(canceled: true)), cancellationToken);

        end.State.Should().Be(JobEndState.Cancelled);
        rig.Server.Count("cancel").Should().Be(5);
    }

    [Test, CancelAfter(20_000)]
    public async Task Cancel_NeverConfirmed_IsLeftToTheTimeToLive(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { JobTtl = TimeSpan.FromSeconds(10) }, static server => server.Always("cancel", Replies.Status(500)));
        var slot = await rig.SubmitAsync(cancellationToken);
        var started = rig.Time.GetTimestamp();

        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, new CancellationToken(canceled: true)), cancellationToken, stepMs: 500);

        end.State.Should().Be(JobEndState.Lost);
        rig.Time.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(90));
        rig.Backend.CountedSlots.Should().Be(0);
    }

    [Test, CancelAfter(60_000)]
    public async Task ThreeHundredClientsVanish_NoJobIsLeftAndNoLimitIsBroken(CancellationToken cancellationToken)
    {
        var clock = new RunPodLimitWatch();
        await using var rig = await RunPodRig.StartAsync(new RunPodOptions { MaxWorkers = 300 }, server => server
            .Always("health", Replies.Health(running: 300))
            .Always("stream", Replies.Held("IN_PROGRESS"))
            .Always("cancel", context => clock.AnswerAsync(context)));
        clock.Time = rig.Time;
        using var left = new CancellationTokenSource();
        var following = new List<Task<JobEnd>>();
        for (var i = 0; i < 300; i++)
        {
            following.Add((await rig.SubmitAsync(cancellationToken)).FollowAsync(new RecordingObserver(), left.Token));
        }

        await left.CancelAsync();
        await rig.PassUntilAsync(Task.WhenAll(following), cancellationToken, stepMs: 100);

        following.Should().OnlyContain(static f => f.Result.State == JobEndState.Cancelled);
        clock.Cancelled.Should().HaveCount(300);
        clock.MostAtOnce.Should().BeLessThanOrEqualTo(20);
        clock.MostWithin(TimeSpan.FromSeconds(10)).Should().BeLessThanOrEqualTo(100);
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots, rig.Backend.OpenCancels).Should().Be((0, 0, 0));
    }

    [Test, CancelAfter(20_000)]
    public async Task Cancel_ManyWait_RunningGoBeforeQueued(CancellationToken cancellationToken)
    {
        var first = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { MaxWorkers = 5, Limits = new RunPodLimitOptions { CancelConcurrency = 1 } },
            server => server
                .Always("health", Replies.Health(running: 5))
                .Always("stream", context => Replies.Held((string)context.Request.RouteValues["id"]! is "job-4" ? "IN_PROGRESS" : "IN_QUEUE")(context))
                .Then("stream", [.. Enumerable.Repeat<Microsoft.AspNetCore.Http.RequestDelegate>(
                    context => Replies.Stream((string)context.Request.RouteValues["id"]! is "job-4" ? "IN_PROGRESS" : "IN_QUEUE")(context), 4)])
                .Always("status", Replies.Json("""{"status":"IN_PROGRESS","workerId":"w"}"""))
                .Then("cancel", Replies.When(first.Task, Replies.Json("""{"status":"CANCELLED"}"""))));
        using var left = new CancellationTokenSource();
        var observers = Enumerable.Range(0, 4).Select(static _ => new RecordingObserver()).ToArray();
        var following = new List<Task>();
        foreach (var observer in observers)
        {
            following.Add((await rig.SubmitAsync(cancellationToken)).FollowAsync(observer, left.Token));
        }

        await rig.PassUntilAsync(observers[3].CountAsync(1, cancellationToken), cancellationToken, stepMs: 5);
        var blocking = (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, new CancellationToken(canceled: true));
        await rig.Server.ArrivalAsync("cancel", cancellationToken);
        await left.CancelAsync();
        await RunPodRig.UntilAsync(() => rig.Backend.OpenCancels == 5, cancellationToken);
        first.SetResult();
        await Task.WhenAll([.. following, blocking]).WaitAsync(cancellationToken);

        rig.Server.Calls.Where(static c => c.Operation == "cancel").Select(static c => c.JobId).ElementAt(1).Should().Be("job-4");
    }

    [Test, CancelAfter(20_000)]
    public async Task StopAsync_CancelsAreOpen_FinishesThemFirst(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("cancel", Replies.Status(500), Replies.Status(429)));
        var slot = await rig.SubmitAsync(cancellationToken);
        var following = slot.FollowAsync(_observer, new CancellationToken(canceled: true));
        await rig.Server.ArrivalAsync("cancel", cancellationToken);

        await rig.PassUntilAsync(rig.Backend.StopAsync(cancellationToken), cancellationToken);

        // One that the stop had not waited for would have ended as lost.
        (await following.WaitAsync(cancellationToken)).State.Should().Be(JobEndState.Cancelled);
        rig.Server.Count("cancel").Should().Be(3);
    }

    [Test, CancelAfter(20_000)]
    public async Task StopAsync_RunPodIsGone_EndsAllTheSame(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("cancel", Replies.Status(503)));
        var slot = await rig.SubmitAsync(cancellationToken);
        var following = slot.FollowAsync(_observer, new CancellationToken(canceled: true));
        await rig.Server.ArrivalAsync("cancel", cancellationToken);
        var started = rig.Time.GetTimestamp();

        await rig.PassUntilAsync(rig.Backend.StopAsync(cancellationToken), cancellationToken);

        rig.Time.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(20));
        (await following.WaitAsync(cancellationToken)).State.Should().Be(JobEndState.Lost);
        rig.Logs.GetSnapshot().Should().Contain(static r => r.Message.Contains("time to live"));
    }

    [Test, CancelAfter(20_000)]
    public async Task StopAsync_CancelsWaitForTheirTurn_NobodyWaitsForThemAfterwards(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { MaxWorkers = 4, Limits = new RunPodLimitOptions { CancelConcurrency = 1 } },
            static server => server.Always("health", Replies.Health(running: 4)).Always("cancel", Replies.Hang()));
        var slots = new List<IJobSlot>();
        for (var i = 0; i < 4; i++)
        {
            slots.Add(await rig.SubmitAsync(cancellationToken));
        }

        var nobody = new CancellationToken(canceled: true);
        var following = slots.Take(3).Select(slot => slot.FollowAsync(new RecordingObserver(), nobody)).ToList();
        await rig.Server.ArrivalAsync("cancel", cancellationToken);

        await rig.Backend.StopAsync(nobody);
        following.Add(slots[3].FollowAsync(new RecordingObserver(), nobody)); // it leaves after the end

        (await Task.WhenAll(following).WaitAsync(cancellationToken)).Should().OnlyContain(static end => end.State == JobEndState.Lost);
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots, rig.Backend.OpenCancels).Should().Be((0, 0, 0));
    }

    [Test, CancelAfter(20_000)]
    public async Task Cancel_ClientLeftDuringTheHandover_IsMeasuredFromThen(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("stream", Replies.Held("IN_QUEUE")));
        using var cancels = new MetricCollector<double>(rig.Meters, "Ingress", "ingress.cancel.duration");
        var slot = await rig.SubmitAsync(cancellationToken);
        _observer.LeftAt = rig.Time.GetTimestamp();
        rig.Time.Advance(TimeSpan.FromSeconds(5)); // while RunPod took its time to answer

        await rig.PassUntilAsync(slot.FollowAsync(_observer, new CancellationToken(canceled: true)), cancellationToken);

        cancels.LastMeasurement!.Value.Should().BeInRange(5, 8);
        cancels.LastMeasurement.Tags.Should().NotContainKey("error.type");
    }

    [Test, CancelAfter(20_000)]
    public async Task Cancel_NeverConfirmed_SaysSoInItsMeasurement(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            options: new RunPodOptions { JobTtl = TimeSpan.FromSeconds(10) },
            script: static server => server.Always("stream", Replies.Held("IN_QUEUE")).Always("cancel", Replies.Status(500)));
        using var cancels = new MetricCollector<double>(rig.Meters, "Ingress", "ingress.cancel.duration");

        await rig.PassUntilAsync(
            (await rig.SubmitAsync(cancellationToken)).FollowAsync(_observer, new CancellationToken(canceled: true)), cancellationToken, stepMs: 500);

        cancels.LastMeasurement!.Tags["error.type"].Should().Be("unconfirmed");
    }
}
