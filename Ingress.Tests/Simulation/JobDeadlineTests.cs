using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

/// <summary>Time to live, execution timeout and retention.</summary>
[TestFixture]
public sealed class JobDeadlineTests
{
    private const string Plain = """{"x":1,"simulate":{"handler":"plain","durationMs":1000}}""";
    private const string Long = """{"simulate":{"handler":"plain","durationMs":3600000}}""";

    [Test]
    public void Ttl_JobStillQueued_DeletesIt()
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 0);
        var id = bench.Run(Plain, """{"ttl":10000}""");

        bench.Advance(9.9);
        bench.State(id).Should().Be("IN_QUEUE");
        bench.Advance(0.2);

        bench.State(id).Should().Be("404");
        bench.Endpoint.Cancel(id).Status.Should().Be(404);
        bench.Counts().InQueue.Should().Be(0);
    }

    [Test]
    public void Ttl_JobRunning_DeletesItAndStopsTheHandler()
    {
        using var bench = new EndpointBench(o => o.StopDelay = TimeSpan.Zero);
        var id = bench.Run(Long, """{"ttl":10000}""");
        bench.Advance(9.9);
        bench.State(id).Should().Be("IN_PROGRESS");

        bench.Advance(0.2);

        bench.State(id).Should().Be("404");
        bench.Counts().InProgress.Should().Be(0);
        bench.State(bench.Run(Plain)).Should().Be("IN_PROGRESS", "the worker is free again");
    }

    [Test]
    public void ExecutionTimeout_JobRunsTooLong_TimesItOutCountingFromItsStart()
    {
        using var bench = new EndpointBench(o => o.ColdStart = TimeSpan.FromSeconds(30));
        var id = bench.Run(Long, """{"executionTimeout":5000}""");

        bench.Advance(34.9);
        bench.State(id).Should().Be("IN_PROGRESS");
        bench.Advance(0.2);

        bench.State(id).Should().Be("TIMED_OUT");
        bench.Status(id).Int("executionTime").Should().Be(5_000);
        bench.Counts().Workers.Running.Should().Be(1);
    }

    [Test]
    public void ExecutionTimeout_TimeoutFails_EndsAsFailed()
    {
        using var bench = new EndpointBench(o => o.TimeoutFails = true);
        var id = bench.Run(Long, """{"executionTimeout":5000}""");

        bench.Advance(8);

        bench.State(id).Should().Be("FAILED");
    }

    [Test]
    public void Retention_AfterTheEnd_GivesTheResultFor30MinutesAndThen404()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain);
        bench.Advance(3);

        bench.Advance(1_799);
        bench.State(id).Should().Be("COMPLETED");
        bench.Advance(2);

        bench.State(id).Should().Be("404");
        bench.Job(id).State.Should().Be(SimulatedJobState.Gone);
        bench.Job(id).Input.IsEmpty.Should().BeTrue("its memory is given back");
    }

    [Test]
    public void Retention_TtlIsShorter_EndsWithTheTtl()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain, """{"ttl":20000}""");

        bench.Advance(19.9);
        bench.State(id).Should().Be("COMPLETED");
        bench.Advance(0.2);

        bench.State(id).Should().Be("404");
    }

    [Test]
    public void Status_WithTtl_DropsAFinishedJobSooner()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain);
        bench.Advance(3);

        bench.Endpoint.Status(id, TimeSpan.FromSeconds(5));
        bench.Endpoint.Status(id, TimeSpan.FromHours(5));

        bench.Advance(4.9);
        bench.State(id).Should().Be("COMPLETED");
        bench.Advance(0.2);
        bench.State(id).Should().Be("404");
    }
}
