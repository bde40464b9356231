using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;

namespace Ingress.Tests.RunPod;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReadinessTests
{
    [Test, CancelAfter(20_000)]
    public async Task Sampler_NothingWaitsOrRuns_ReadsOnlyInTheBackground(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        await rig.Server.ArrivalAsync("health", cancellationToken);
        for (var second = 0; second < 100; second++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(2, cancellationToken);
        }

        rig.Server.Count("health").Should().BeInRange(3, 5);
    }

    [Test, CancelAfter(20_000)]
    public async Task Sampler_SomethingWaits_ReadsEachPollInterval(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Health(running: 1, inProgress: 1)));
        rig.Demand.Waiting = 1;
        rig.Backend.DemandChanged();
        await rig.Server.ArrivalAsync("health", cancellationToken);
        for (var poll = 0; poll < 5; poll++)
        {
            await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.SampledAt == rig.Time.GetUtcNow(), cancellationToken);
            rig.Time.Advance(TimeSpan.FromMilliseconds(900));
            await Task.Delay(10, cancellationToken);
            rig.Server.Count("health").Should().Be(poll + 1);
            rig.Time.Advance(TimeSpan.FromMilliseconds(100));
            await rig.Server.ArrivalAsync("health", cancellationToken);
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_AfterAQuietSpell_ReadsAtOnceAndDoesNotTrustTheOldSample(CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Then("health", Replies.Health(running: 3), Replies.When(answer.Task, Replies.Health(running: 3, inProgress: 3))));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        await rig.Server.ArrivalAsync("health", cancellationToken);
        rig.Time.Advance(TimeSpan.FromSeconds(20));

        var acquiring = rig.AcquireAsync(cancellationToken);
        await rig.Server.ArrivalAsync("health", cancellationToken); // without any further passing of time
        acquiring.IsCompleted.Should().BeFalse();
        answer.SetResult();
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.Jobs is { InProgress: 3 }, cancellationToken);
        acquiring.IsCompleted.Should().BeFalse("everything is taken by others now");

        (await rig.PassUntilAsync(acquiring, cancellationToken)).Release();
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_SampleIsFresh_IsNotDelayedByAPoll(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("health", Replies.Health(running: 1)).Always("health", Replies.Hang()));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        rig.Time.Advance(TimeSpan.FromMilliseconds(800));

        (await rig.AcquireAsync(cancellationToken)).Release();

        rig.Server.Count("health").Should().Be(1);
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_PollIntervalIsLong_ReadsAtOnceAllTheSame(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { PollInterval = TimeSpan.FromSeconds(20) },
            static server => server.Then("health", Replies.Health(running: 1, inProgress: 1)).Always("health", Replies.Health(running: 2)));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.Jobs is { InProgress: 1 }, cancellationToken);
        await rig.Server.ArrivalAsync("health", cancellationToken);
        rig.Time.Advance(TimeSpan.FromSeconds(2));

        var slot = await rig.SubmitAsync(cancellationToken); // without any further passing of time
        rig.Server.Count("health").Should().Be(2);

        // Once more while a job runs: its interval has not passed either, and the queue is empty no longer.
        await rig.Server.ArrivalAsync("health", cancellationToken);
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        rig.Demand.Waiting = 1;
        rig.Backend.DemandChanged();
        await rig.Server.ArrivalAsync("health", cancellationToken);
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.SampledAt == rig.Time.GetUtcNow(), cancellationToken);
        slot.Release();
        await RunPodRig.UntilAsync(() => rig.Backend.CountedSlots == 0, cancellationToken); // its job is cancelled first

        // And with nothing left running, what was free then need not be free now.
        rig.Demand.Waiting = 0;
        rig.Server.Always("health", Replies.Health(running: 2, inProgress: 5));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        var held = rig.AcquireAsync(cancellationToken);
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.Jobs is { InProgress: 5 }, cancellationToken);
        held.IsCompleted.Should().BeFalse();
    }

    [Test, CancelAfter(20_000)]
    public async Task DemandChanged_QueueFillsAgainAndAgain_CausesNoPollEach(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Health(running: 1)));
        var slot = await rig.SubmitAsync(cancellationToken);
        var before = rig.Server.Count("health");
        for (var i = 0; i < 100; i++)
        {
            rig.Demand.Waiting = 1;
            rig.Backend.DemandChanged();
            rig.Demand.Waiting = 0;
            rig.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Delay(2, cancellationToken); // real time, in which a poll that should not be would come
        }

        (rig.Server.Count("health") - before).Should().BeLessThanOrEqualTo(3, "two seconds have passed");
        slot.Release();
    }

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_OwnJobEnds_FreesItsSlotWithoutAPoll(CancellationToken cancellationToken)
    {
        // Whatever RunPod says from here on: the room of our own ended job is known.
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("health", Replies.Health(running: 1)).Always("health", Replies.Hang())
            .Always("status", Replies.Hang()));
        var slot = await rig.SubmitAsync(cancellationToken);
        rig.Demand.Waiting = 1;
        var next = rig.Backend.AcquireSlotAsync(cancellationToken).AsTask();
        next.IsCompleted.Should().BeFalse();
        rig.Time.Advance(TimeSpan.FromMilliseconds(10));
        var ended = rig.Time.GetTimestamp();

        _ = slot.FollowAsync(new RecordingObserver(), CancellationToken.None); // its stream says COMPLETED, its result hangs

        var second = await next.WaitAsync(cancellationToken);
        second.FreeSince.Should().Be(ended);
        second.Release();
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_SampleShowsRoom_SlotIsFreeSinceTheSample(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("health", Replies.Health(running: 1, inProgress: 1)).Always("health", Replies.Health(running: 1)));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.Workers is not null, cancellationToken);
        var acquiring = rig.AcquireAsync(cancellationToken);
        var before = rig.Time.GetTimestamp();

        rig.Time.Advance(TimeSpan.FromSeconds(1)); // once: a slow machine must not make it two
        var slot = await acquiring.WaitAsync(cancellationToken);

        rig.Time.GetElapsedTime(before, slot.FreeSince).Should().Be(TimeSpan.FromSeconds(1));
        slot.Release();
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_GivenUp_ReservesNothing(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Health(running: 1, inProgress: 1)));
        using var enough = new CancellationTokenSource();
        rig.Demand.Waiting = 1;
        var acquiring = rig.Backend.AcquireSlotAsync(enough.Token).AsTask();

        await enough.CancelAsync();

        await FluentActions.Awaiting(() => acquiring).Should().ThrowAsync<OperationCanceledException>();
        rig.Backend.CountedSlots.Should().Be(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_WakeUpJobWithdrawn_TheNextInLineTakesItsPlace(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Always("health", Replies.Health())
            .Always("stream", Replies.Held("IN_QUEUE")));
        var wakeUp = await rig.SubmitAsync(cancellationToken);
        using var left = new CancellationTokenSource();
        var following = wakeUp.FollowAsync(new RecordingObserver(), left.Token);
        var next = rig.AcquireAsync(cancellationToken);
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        next.IsCompleted.Should().BeFalse("one wake-up job is enough");

        await left.CancelAsync();

        (await following.WaitAsync(cancellationToken)).State.Should().Be(JobEndState.Cancelled);
        (await next.WaitAsync(cancellationToken)).Release();
    }

    [Test, CancelAfter(20_000)]
    public async Task Sampler_ReadingFails_KeepsTheSampleForAWhileAndThenHolds(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("health", Replies.Health(running: 1)).Always("health", Replies.Html()));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        rig.Demand.Waiting = 1;
        rig.Backend.DemandChanged();
        await rig.PassUntilAsync(() => rig.Server.Count("health") >= 2 && rig.Backend.Snapshot.Error is not null, cancellationToken, stepMs: 500);
        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(static s => s.FreeSlots == 1 && s.State == BackendState.Ready);

        await rig.PassUntilAsync(() => rig.Backend.Snapshot.State == BackendState.Unavailable, cancellationToken, stepMs: 500);
        rig.Backend.Snapshot.WaitReason.Should().Be(WaitReason.BackendUnavailable);
        rig.Backend.Snapshot.Error.Should().Contain("no answer of this API");
        rig.Server.Always("health", Replies.Health(running: 1));

        (await rig.PassUntilAsync(rig.Backend.AcquireSlotAsync(cancellationToken).AsTask(), cancellationToken, stepMs: 500)).Release();
        rig.Backend.Snapshot.Error.Should().BeNull();
    }

    [TestCase("{}"), TestCase("[]"), TestCase("""{"jobs":{}}"""), TestCase("""{"workers":null}"""), TestCase("""{"workers":"x"}"""), CancelAfter(20_000)]
    public async Task Sampler_NonsenseBody_IsNoSample(string body, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Always("health", Replies.Json(body)));

        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.State == BackendState.Unavailable, cancellationToken);

        rig.Backend.Snapshot.Workers.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task Sampler_FewerFieldsThanUsual_CountsThemAsZero(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Always("health", Replies.Json("""{"jobs":{"inQueue":2,"new":1},"workers":{"idle":1,"running":"2","extra":{}},"more":[]}""")));

        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.Workers is not null, cancellationToken);

        rig.Backend.Snapshot.Workers.Should().Be(new WorkerCounts(1, 0, 0, 2, 0, 0));
        rig.Backend.Snapshot.Jobs.Should().Be(new JobCounts(0, 0, 0, 2, 0));
    }

    [TestCase("""{"jobs":null,"workers":{"idle":null,"running":2}}"""), TestCase("""{"jobs":{"inQueue":null},"workers":{"ready":[{}],"running":2.9}}""")]
    [TestCase("""{"jobs":{"completed":1e30,"inQueue":-1},"workers":{"throttled":"many","unhealthy":{"a":[1]},"running":2}}"""), CancelAfter(20_000)]
    public async Task Sampler_CountOfAnotherType_CostsOnlyThatCount(string body, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Always("health", Replies.Json(body)));

        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.SampledAt is not null || rig.Backend.Snapshot.Error is not null, cancellationToken);

        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(static s => s.Error == null && s.State == BackendState.Ready && s.FreeSlots == 2);
    }

    [Test, CancelAfter(20_000)]
    public async Task Sampler_HealthHangs_GivesUpAfterThreeSeconds(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Hang()));
        await rig.Server.ArrivalAsync("health", cancellationToken);
        rig.Time.Advance(TimeSpan.FromSeconds(2.9));
        rig.Backend.Snapshot.State.Should().Be(BackendState.Unknown);

        rig.Time.Advance(TimeSpan.FromSeconds(0.2));

        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.State == BackendState.Unavailable, cancellationToken);
    }

    [Test, CancelAfter(20_000)]
    public async Task Sampler_NothingListens_IsUnavailableUntilItAnswers(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        await rig.Server.DisposeAsync();
        rig.Demand.Waiting = 1;
        rig.Backend.DemandChanged();

        await rig.PassUntilAsync(() => rig.Backend.Snapshot.State == BackendState.Unavailable, cancellationToken, stepMs: 500);

        rig.Backend.Snapshot.Error.Should().Contain("no connection");
    }

    [Test, CancelAfter(20_000)]
    public async Task SeveralEndpoints_OneIsBroken_DelaysNobodyElse(CancellationToken cancellationToken)
    {
        await using var broken = await RunPodRig.StartAsync(script: static server => server.Always("health", Replies.Hang()).Always("run", Replies.Hang()));
        await using var whole = await RunPodRig.StartAsync(new RunPodOptions { EndpointId = "ep2" });
        var stuck = broken.AcquireAsync(cancellationToken);

        var slot = await whole.SubmitAsync(cancellationToken);

        (await whole.PassUntilAsync(slot.FollowAsync(new RecordingObserver(), default), cancellationToken)).State.Should().Be(JobEndState.Completed);
        stuck.IsCompleted.Should().BeFalse();
    }
}
