using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

/// <summary>Workers as "idle initializing running throttled unhealthy", on a clock that the test moves.</summary>
[TestFixture]
public sealed class WorkerScalingTests
{
    private const string Long = """{"simulate":{"handler":"plain","durationMs":60000}}""";
    private const string Short = """{"simulate":{"handler":"plain","durationMs":1000}}""";

    [Test]
    public void NewEndpoint_ScaleToZero_HasNoWorkerInAnyState()
    {
        using var bench = new EndpointBench();

        bench.Advance(60);

        bench.Workers().Should().Be("0 0 0 0 0");
    }

    [Test]
    public void Run_ColdEndpoint_StartsOneWorkerWhichTakesTheJobAfterTheColdStart()
    {
        using var bench = new EndpointBench(o => o.ColdStart = TimeSpan.FromSeconds(2));

        var id = bench.Run(Long);

        bench.Workers().Should().Be("0 1 0 0 0");
        bench.Advance(1.999);
        bench.State(id).Should().Be("IN_QUEUE");
        bench.Advance(0.001);
        bench.State(id).Should().Be("IN_PROGRESS");
        bench.Workers().Should().Be("0 0 1 0 0");
        bench.Status(id).Int("delayTime").Should().Be(2_000);
    }

    [Test]
    public void QueueDelayScaler_JobsWait_AddsOneWorkerPerDelayUpToTheMaximum()
    {
        using var bench = new EndpointBench(o => o.ColdStart = TimeSpan.FromSeconds(1));
        bench.RunMany(10);

        bench.Advance(3.9);
        bench.Workers().Should().Be("0 0 1 0 0");
        bench.Advance(0.2);
        bench.Workers().Should().Be("0 1 1 0 0");
        bench.Advance(4);
        bench.Workers().Should().Be("0 1 2 0 0");
        bench.Advance(20);
        bench.Workers().Should().Be("0 0 3 0 0", "three is the maximum");
    }

    [Test]
    public void QueueDelayScaler_OneLongStep_EndsWhereShortStepsEnd()
    {
        using var bench = new EndpointBench(o => o.ColdStart = TimeSpan.FromSeconds(1));
        bench.RunMany(10);

        bench.Advance(30);

        bench.Workers().Should().Be("0 0 3 0 0");
        bench.Endpoint.Jobs()[2].History[1].At.Should().Be(bench.Time.Start.AddSeconds(9), "the third worker comes 4 s after the second and needs 1 s");
    }

    [Test]
    public void QueueDelayScaler_OneJobAndASlowStart_StartsNoSecondWorker()
    {
        using var bench = new EndpointBench(o => o.ColdStart = TimeSpan.FromSeconds(30));

        bench.Run(Long);
        bench.Advance(25);

        bench.Workers().Should().Be("0 1 0 0 0");
    }

    [Test]
    public void RequestCountScaler_ManyJobs_WantsQueuedAndRunningDividedByTheCount()
    {
        using var bench = new EndpointBench(o => (o.Scaler, o.RequestCount, o.MaxWorkers) = (SimulatedScaler.RequestCount, 2, 10));

        bench.RunMany(2);
        bench.Workers().Should().Be("0 1 0 0 0");
        bench.RunMany(3);
        bench.Workers().Should().Be("0 3 0 0 0");
        bench.Advance(2);
        bench.Workers().Should().Be("0 0 3 0 0");
        bench.Run(Long);
        bench.Workers().Should().Be("0 0 3 0 0", "six requests at two each need three");
        bench.Run(Long);
        bench.Workers().Should().Be("0 1 3 0 0");
    }

    [Test]
    public void IdleTimeout_NoJobLeft_ScalesTheWorkerDownToIdleFromWhereItStartsAgain()
    {
        using var bench = new EndpointBench(o => o.IdleTimeout = TimeSpan.FromSeconds(5));
        bench.Run(Short);

        bench.Advance(3 + 4.9);
        bench.Workers().Should().Be("0 0 1 0 0");
        bench.Advance(0.2);
        bench.Workers().Should().Be("1 0 0 0 0");

        var again = bench.Run(Short);
        bench.Workers().Should().Be("0 1 0 0 0");
        bench.Advance(2);
        bench.Status(again).Str("workerId").Should().Be("sim-worker-1");
    }

    [Test]
    public void IdleTimeout_JobComesInTime_KeepsTheWorkerAndNeedsNoColdStart()
    {
        using var bench = new EndpointBench();
        bench.Run(Short);
        bench.Advance(3 + 4);

        var id = bench.Run(Short);

        bench.State(id).Should().Be("IN_PROGRESS");
        bench.Advance(1 + 4.9);
        bench.Workers().Should().Be("0 0 1 0 0", "the idle time starts anew with each job's end");
    }

    [Test]
    public void MinWorkers_NoDemand_AreUpFromTheStartAndStayUp()
    {
        using var bench = new EndpointBench(o => o.MinWorkers = 2);

        bench.Workers().Should().Be("0 2 0 0 0");
        bench.Advance(2 + 5 + 1);
        bench.Workers().Should().Be("0 0 2 0 0", "the idle time is over");
        bench.Advance(3_600);
        bench.Endpoint.Stats().Billed.Should().Be(2 * TimeSpan.FromSeconds(3_606), "none of them was ever down");
        bench.Change(o => o.MinWorkers = 0);
        bench.Advance(5);
        bench.Workers().Should().Be("2 0 0 0 0");
    }

    [Test]
    public void InitialIdleWorkers_AtRest_ShowAsIdle()
    {
        using var bench = new EndpointBench(o => o.InitialIdleWorkers = 5);

        bench.Workers().Should().Be("3 0 0 0 0", "there are no more than the maximum");
        bench.Run(Long);
        bench.Workers().Should().Be("2 1 0 0 0");
    }

    [Test]
    public void ConcurrencyPerWorker_SeveralJobs_RunOnOneWorkerTogether()
    {
        using var bench = new EndpointBench(o => o.ConcurrencyPerWorker = 4);
        bench.RunMany(5);

        bench.Advance(2);

        var counts = bench.Counts();
        (counts.InProgress, counts.InQueue, counts.Workers.Running).Should().Be((4, 1, 1));
    }

    [Test]
    public void MaxWorkers_Zero_JobsWaitUntilItIsRaised()
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 0);
        var id = bench.Run(Long);
        bench.Advance(600);
        bench.State(id).Should().Be("IN_QUEUE");

        bench.Change(o => o.MaxWorkers = 1);

        bench.Workers().Should().Be("0 1 0 0 0");
    }

    [Test]
    public void MaxWorkers_Lowered_BusyWorkersFinishAndIdleOnesGoAtOnce()
    {
        using var bench = new EndpointBench(o => (o.MaxWorkers, o.Scaler) = (3, SimulatedScaler.RequestCount));
        bench.Run(Short);
        bench.RunMany(2);
        bench.Advance(2);

        bench.Change(o => o.MaxWorkers = 1);

        bench.Workers().Should().Be("0 0 3 0 0");
        bench.Advance(1);
        bench.Workers().Should().Be("0 0 2 0 0");
        bench.Advance(60);
        bench.Workers().Should().Be("0 0 1 0 0");
    }

    [Test]
    public void Throttled_SomeWorkers_CannotBePlacedAndShowAtRest()
    {
        using var bench = new EndpointBench(o => (o.Throttled, o.Scaler) = (2, SimulatedScaler.RequestCount));

        bench.Workers().Should().Be("0 0 0 2 0");
        bench.RunMany(3);
        bench.Advance(2);
        bench.Workers().Should().Be("0 0 1 2 0");
        bench.Change(o => o.Throttled = 0);
        bench.Workers().Should().Be("0 2 1 0 0");
    }

    [Test]
    public void Throttled_AllWorkers_NothingStarts()
    {
        using var bench = new EndpointBench(o => o.Throttled = 3);
        var id = bench.Run(Long);

        bench.Advance(600);

        bench.State(id).Should().Be("IN_QUEUE");
        bench.Workers().Should().Be("0 0 0 3 0");
    }

    [Test]
    public void LowPriority_EmptyEndpoint_StartsNoWorkerAndRunsOnlyAfterNormalJobs()
    {
        using var bench = new EndpointBench();
        var low = bench.Run(Short, """{"lowPriority":true}""");
        bench.Advance(60);
        bench.Workers().Should().Be("0 0 0 0 0");

        var normal = bench.Run(Short);
        bench.Advance(2);

        bench.State(normal).Should().Be("IN_PROGRESS");
        bench.State(low).Should().Be("IN_QUEUE");
        bench.Advance(1);
        bench.State(low).Should().Be("IN_PROGRESS");
    }

    [Test]
    public void Billed_OneJob_CountsFromReadyToScaledDown()
    {
        using var bench = new EndpointBench();
        bench.Run(Short);

        bench.Advance(60);

        bench.Endpoint.Stats().Billed.Should().Be(TimeSpan.FromSeconds(1 + 5), "the start is not billed, the idle time is");
    }
}
