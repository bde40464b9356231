using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.RunPod;

/// <summary>The adapter against the simulator, in real time: what the scripted tests cannot show.</summary>
[NonParallelizable]
public sealed class SimulatorTests
{
    [Test, CancelAfter(60_000)]
    public async Task Burst_OnAWarmEndpoint_StreamsEveryJobCompletely()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions { MaxWorkers = 16, MinWorkers = 16, ColdStart = TimeSpan.Zero, ChunkDelay = TimeSpan.FromMilliseconds(5) },
            new RunPodOptions { MaxWorkers = 16 });

        var jobs = await rig.ForwardAsync(150, static i => $$"""{"prompt":"one two three {{i}}"}""");

        jobs.Should().OnlyContain(static job => job.End.State == JobEndState.Completed && job.End.Output == null);
        jobs.Select(static job => string.Concat(job.Seen.Outputs.Select(static o => o.Trim('"'))).Replace(" ", string.Empty))
            .Should().Equal(Enumerable.Range(0, 150).Select(static i => $"onetwothree{i}"));
        rig.Stats.Operations.Should().OnlyContain(static o => o.TooMany == 0);
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots, rig.Backend.OpenCancels).Should().Be((0, 0, 0));
    }

    [TestCase(SimulatedScaler.QueueDelay, 1), TestCase(SimulatedScaler.RequestCount, 1), TestCase(SimulatedScaler.RequestCount, 4)]
    [CancelAfter(60_000)]
    public async Task LongQueue_ScaleToZeroEndpoint_GrowsToItsLastWorker(SimulatedScaler scaler, int value)
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions
            {
                MaxWorkers = 3,
                Scaler = scaler,
                RequestCount = value,
                ColdStart = TimeSpan.FromMilliseconds(300),
                QueueDelay = TimeSpan.FromMilliseconds(300),
                HealthLag = TimeSpan.FromMilliseconds(100),
                ChunkDelay = TimeSpan.FromMilliseconds(120),
            },
            new RunPodOptions { MaxWorkers = 3, ScalerRequestCount = value, PollInterval = TimeSpan.FromMilliseconds(100) });
        var most = 0;

        await rig.ForwardAsync(
            40, static _ => """{"prompt":"a b c d e"}""",
            onSent: _ => most = Math.Max(most, rig.Backend.Snapshot.Workers?.Running ?? 0));

        most.Should().Be(3);
    }

    [Test, CancelAfter(60_000)]
    public async Task LongQueue_JobsShorterThanTheQueueDelay_GrowsAllTheSame()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions
            {
                MaxWorkers = 4, ColdStart = TimeSpan.FromMilliseconds(300), QueueDelay = TimeSpan.FromMilliseconds(500),
                HealthLag = TimeSpan.FromMilliseconds(100), ChunkDelay = TimeSpan.FromMilliseconds(300),
            },
            new RunPodOptions { MaxWorkers = 4, PollInterval = TimeSpan.FromMilliseconds(100) });
        var most = 0;

        await rig.ForwardAsync(60, static _ => """{"prompt":"a"}""", _ => most = Math.Max(most, rig.Backend.Snapshot.Workers?.Running ?? 0));

        most.Should().BeGreaterThan(1);
    }

    [Test, CancelAfter(60_000)]
    public async Task ShortQueue_ScaleToZeroEndpoint_WakesOneWorkerOnly()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions
            {
                MaxWorkers = 3, ColdStart = TimeSpan.FromMilliseconds(300), QueueDelay = TimeSpan.FromMilliseconds(400),
                HealthLag = TimeSpan.FromMilliseconds(100), ChunkDelay = TimeSpan.FromMilliseconds(50),
            },
            new RunPodOptions { MaxWorkers = 3, PollInterval = TimeSpan.FromMilliseconds(100) });
        var most = 0;

        await rig.ForwardAsync(
            2, static _ => """{"prompt":"a b"}""",
            onSent: _ => most = Math.Max(most, rig.Stats.Counts.Workers.Running + rig.Stats.Counts.Workers.Initializing));

        most.Should().BeLessThanOrEqualTo(1);
    }

    [Test, CancelAfter(60_000)]
    public async Task LostReplies_WithAnAggregate_EveryChunkArrivesInOrder()
    {
        var options = new SimulatorOptions
        {
            MaxWorkers = 8, MinWorkers = 8, ColdStart = TimeSpan.Zero, ChunkDelay = TimeSpan.FromMilliseconds(10), ReturnAggregateStream = true,
        };
        foreach (var kind in new[] { SimulatorFaultKind.ResetAfter, SimulatorFaultKind.Truncate, SimulatorFaultKind.LostChunks })
        {
            options.Faults.Add(new SimulatorFault { Operation = "stream", Kind = kind, Probability = 0.1 });
        }

        await using var rig = await SimulatorRig.StartAsync(options, new RunPodOptions { MaxWorkers = 8 });

        var jobs = await rig.ForwardAsync(24, static i => $$"""{"prompt":"one two three four five {{i}}"}""");

        jobs.Should().OnlyContain(static job => job.End.State == JobEndState.Completed);
        rig.Stats.Operations.Sum(static o => o.Faults).Should().BeGreaterThan(5);
        foreach (var (job, i) in jobs.Select(static (job, i) => (job, i)))
        {
            var whole = string.Concat(job.Seen.Outputs.Select(static o => o.Trim('"'))).Replace(" ", string.Empty);

            // A gap that no failed reply announced is closed by the whole list as the final output.
            (job.End.Output is not null || whole == $"onetwothreefourfive{i}").Should().BeTrue(whole);
        }
    }

    [Test, CancelAfter(120_000)]
    public async Task MoreClientsVanishThanTenSecondsTakeCancels_NoJobIsLeftRunningAndNothingIsAnswered429(CancellationToken cancellationToken)
    {
        // Few workers with many jobs each: RunPod grants more cancels only by the worker, so here its base of 100 holds.
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions
            {
                MaxWorkers = 3, MinWorkers = 3, ConcurrencyPerWorker = 40, ColdStart = TimeSpan.Zero,
                ChunkDelay = TimeSpan.FromMinutes(1), HealthLag = TimeSpan.Zero,
                Faults = [new() { Operation = "cancel", Kind = SimulatorFaultKind.Delay, Delay = TimeSpan.FromMilliseconds(100) }], // so that they overlap
            },
            new RunPodOptions { MaxWorkers = 3, ConcurrencyPerWorker = 40, PollInterval = TimeSpan.FromMilliseconds(100) });
        using var left = new CancellationTokenSource();
        var sent = 0;

        var jobs = rig.ForwardAsync(120, static _ => """{"prompt":"a"}""", _ => sent++, left.Token);
        await RunPodRig.UntilAsync(() => sent == 120 && rig.Stats.Counts.InProgress == 120, cancellationToken);
        await left.CancelAsync();
        var ends = await jobs;

        ends.Should().OnlyContain(static job => job.End.State == JobEndState.Cancelled);
        (rig.Stats.Counts.InProgress, rig.Stats.Counts.InQueue).Should().Be((0, 0));
        rig.Stats.Operations.Should().OnlyContain(static o => o.TooMany == 0);
        rig.Stats.Of(SimulatedOperation.Cancel).PeakOpen.Should().BeLessThanOrEqualTo(20);
    }

    [Test, CancelAfter(120_000)]
    public async Task MoreStreamsThanMayBeReadAtOnce_EachIsReadAndNothingIsAnswered429(CancellationToken cancellationToken)
    {
        const int Streams = 450;
        using var left = new CancellationTokenSource();
        Task jobs;
        await using (var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions
            {
                MaxWorkers = 3, MinWorkers = 3, ConcurrencyPerWorker = 150, ColdStart = TimeSpan.Zero,
                ChunkDelay = TimeSpan.FromSeconds(2), HealthLag = TimeSpan.Zero,
            },
            new RunPodOptions { MaxWorkers = 3, ConcurrencyPerWorker = 150, PollInterval = TimeSpan.FromMilliseconds(100) }))
        {
            // Longer than the test: all are there side by side, however slow the machine.
            jobs = rig.ForwardAsync(Streams, static _ => """{"prompt":"a","simulate":{"chunks":1000}}""", abandoned: left.Token);
            await RunPodRig.UntilAsync(() => rig.Simulator.Engine.Jobs().Count(static job => job.ChunksRead > 0) == Streams, cancellationToken);

            rig.Stats.Operations.Should().OnlyContain(static o => o.TooMany == 0);
            rig.Stats.Of(SimulatedOperation.Stream).PeakOpen.Should().BeInRange(300, 400);
            await left.CancelAsync();
        }

        await jobs;
    }

    [Test, CancelAfter(60_000)]
    public async Task OwnJobEnds_NextIsSentWithinMilliseconds()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions { MaxWorkers = 2, MinWorkers = 2, ColdStart = TimeSpan.Zero, ChunkDelay = TimeSpan.FromMilliseconds(5) },
            new RunPodOptions { MaxWorkers = 2 });
        var gaps = new List<double>();

        await rig.ForwardAsync(
            200, static _ => """{"prompt":"a"}""",
            onSent: slot => gaps.Add(TimeProvider.System.GetElapsedTime(slot.FreeSince).TotalMilliseconds));

        gaps.Sort();
        TestContext.Out.WriteLine($"p50 {gaps[100]:F2} ms, p99 {gaps[197]:F2} ms");
        gaps[100].Should().BeLessThan(5);
    }

    [Test, CancelAfter(60_000)]
    public async Task WorkerCrashesInMidStream_SecondAttemptIsToldAndReadFromItsStart()
    {
        await using var rig = await SimulatorRig.StartAsync(
            new SimulatorOptions
            {
                MaxWorkers = 1, MinWorkers = 1, ColdStart = TimeSpan.Zero, HealthLag = TimeSpan.Zero,
                ChunkDelay = TimeSpan.FromMilliseconds(20), CrashBackoff = TimeSpan.FromSeconds(2), // longer than a read is held, as at RunPod
            },
            new RunPodOptions { MaxWorkers = 1, PollInterval = TimeSpan.FromMilliseconds(50) });

        var (end, seen) = (await rig.ForwardAsync(1, static _ => """{"prompt":"a b c d","simulate":{"crash":1}}""")).Single();

        end.State.Should().Be(JobEndState.Completed);
        seen.Starts[^1].Attempt.Should().Be(2);
        seen.Events.SkipWhile(static told => told != "started 2").Skip(1).Should().Equal("\"a \"", "\"b \"", "\"c \"", "\"d\"");
        rig.Simulator.Engine.Jobs().Single().Retries.Should().Be(1);
    }
}
