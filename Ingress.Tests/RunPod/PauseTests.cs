using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;

namespace Ingress.Tests.RunPod;

/// <summary>When a hand-over that failed holds up the next one, and for how long.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PauseTests
{
    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_After429_WaitsAsLongAsRunPodAsks(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("run", Replies.Status(429, retryAfter: "20")));
        var slot = await rig.AcquireAsync(cancellationToken);
        await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
        slot.Release();

        var next = rig.Backend.AcquireSlotAsync(cancellationToken).AsTask();
        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(s =>
            s.FreeSlots == 0 && s.State == BackendState.Unavailable && s.WaitReason == WaitReason.BackendUnavailable && s.Error!.Contains("429"));
        rig.Time.Advance(TimeSpan.FromSeconds(19.9));
        next.IsCompleted.Should().BeFalse();
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        (await next.WaitAsync(cancellationToken)).Release();

        rig.Backend.Snapshot.Error.Should().BeNull();
    }

    [TestCase(500), TestCase(429), CancelAfter(20_000)]
    public async Task AcquireSlotAsync_RepeatedFailures_BackOffFurtherAndFurther(int status, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Always("run", Replies.Status(status)));
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 6; i++)
        {
            var asked = rig.Time.GetTimestamp();
            var acquiring = rig.AcquireAsync(cancellationToken);
            var slot = await rig.PassUntilAsync(acquiring, cancellationToken);
            waits.Add(rig.Time.GetElapsedTime(asked));
            await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
            slot.Release();
        }

        waits[5].Should().BeGreaterThan(waits[1]).And.BeGreaterThan(TimeSpan.FromSeconds(4));
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_SingleFailuresAmongJobsThatAreTaken_HoldNobodyUp(CancellationToken cancellationToken)
    {
        var taken = Replies.Json("""{"id":"x","status":"IN_QUEUE"}""");
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Then("run", Replies.Status(500), taken, Replies.Reset(), taken, Replies.Html(), taken));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        for (var i = 0; i < 6; i++)
        {
            rig.Backend.Snapshot.FreeSlots.Should().BeGreaterThan(0);
            var slot = await rig.AcquireAsync(cancellationToken); // without any passing of time
            var result = await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
            slot.Release();

            result.Outcome.Should().Be(i % 2 == 0 ? SubmitOutcome.Unknown : SubmitOutcome.Accepted);
            await RunPodRig.UntilAsync(() => rig.Backend.CountedSlots == 0, cancellationToken);
        }
    }

    [TestCase(429, null), TestCase(408, null), TestCase(503, "1"), CancelAfter(20_000)]
    public async Task AcquireSlotAsync_AskedForAPause_MakesItTheFirstTime(int status, string? retryAfter, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Then("run", Replies.Status(status, retryAfter)));
        var slot = await rig.AcquireAsync(cancellationToken);
        await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
        slot.Release();

        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(static s => s.FreeSlots == 0 && s.State == BackendState.Unavailable);
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_SecondFailureInARow_HoldsTheNextUp(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("run", Replies.Status(500), Replies.Status(500)));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        for (var i = 0; i < 2; i++)
        {
            rig.Backend.Snapshot.FreeSlots.Should().BeGreaterThan(0);
            var slot = await rig.AcquireAsync(cancellationToken);
            await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
            slot.Release();
        }

        rig.Backend.Snapshot.Should().Match<BackendSnapshot>(static s => s.FreeSlots == 0 && s.Error!.Contains("500"));
    }

    [Test, CancelAfter(20_000)]
    public async Task AcquireSlotAsync_PauseEndsWhileItLooks_DoesNotWaitForTheNextSample(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { PollInterval = TimeSpan.FromMinutes(1) }, static server => server.Always("run", Replies.Status(429, retryAfter: "20")));
        await RunPodRig.UntilAsync(() => rig.Backend.Snapshot.FreeSlots > 0, cancellationToken);
        for (var round = 0; round < 20; round++)
        {
            var slot = await rig.AcquireAsync(cancellationToken);
            await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
            slot.Release();
            rig.Time.Advance(TimeSpan.FromSeconds(19.9));
            (await AcquireAtTheEndAsync(rig, cancellationToken)).Release();
        }
    }

    // Each reading of the clock takes a while here, so that sooner or later the pause ends between two of one call's.
    private static async Task<IJobSlot> AcquireAtTheEndAsync(RunPodRig rig, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            rig.Time.AutoAdvanceAmount = TimeSpan.FromMilliseconds(7);
            var acquiring = rig.Backend.AcquireSlotAsync(given.Token).AsTask();
            rig.Time.AutoAdvanceAmount = TimeSpan.Zero;
            if (acquiring.IsCompleted || rig.Backend.Snapshot.FreeSlots > 0)
            {
                rig.Time.Advance(TimeSpan.FromSeconds(1));
                return await acquiring.WaitAsync(cancellationToken);
            }

            await given.CancelAsync();
            await ((Task)acquiring).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
