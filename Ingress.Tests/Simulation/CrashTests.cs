using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class CrashTests
{
    [Test]
    public async Task Crash_MidStream_RunsTheJobAgainFromItsStart()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"prompt":"a b c d","simulate":{"crash":1,"chunkDelayMs":100}}""");
        bench.Advance(2.25);
        (await bench.StreamAsync(id)).Words().Should().Be("a b ");

        bench.Advance(0.1);

        bench.State(id).Should().Be("IN_QUEUE");
        bench.Workers().Should().Be("0 0 0 0 1", "the worker pauses before it starts again");
        bench.Status(id).Int("retries").Should().Be(1);
        bench.Status(id).Has("workerId").Should().BeFalse();
        bench.Advance(1 + 2 + 0.4);
        var rest = await bench.StreamAsync(id);
        rest.Words().Should().Be("a b c d", "the handler knows nothing of its first attempt");
        rest.Str("status").Should().Be("COMPLETED");
        bench.Job(id).History.Select(moment => moment.State).Should().Equal(
            SimulatedJobState.InQueue, SimulatedJobState.InProgress, SimulatedJobState.InQueue, SimulatedJobState.InProgress, SimulatedJobState.Completed);
        bench.Counts().Retried.Should().Be(1);
        bench.Status(id).Int("delayTime").Should().Be(3_000, "it is that of the last attempt");
    }

    [Test]
    public void Crash_PlainHandler_LosesTheJobHalfWay()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"simulate":{"handler":"plain","durationMs":1000,"crash":true}}""");

        bench.Advance(2.5);

        bench.State(id).Should().Be("IN_QUEUE");
        bench.Advance(1 + 2 + 1);
        bench.State(id).Should().Be("COMPLETED");
    }

    [Test]
    public void Crash_MoreOftenThanRetried_FailsTheJob()
    {
        using var bench = new EndpointBench(o => o.MaxRetries = 2);
        var id = bench.Run("""{"prompt":"a b","simulate":{"crash":100}}""");

        bench.Advance(300);

        var status = bench.Status(id);
        status.Str("status").Should().Be("FAILED");
        status.Str("error").Should().Contain("2 retries");
        status.Int("retries").Should().Be(2);
        bench.Job(id).Attempts.Should().Be(3);
    }

    [Test]
    public void CrashProbability_Certain_HitsEveryJob()
    {
        using var bench = new EndpointBench(o => (o.CrashProbability, o.MaxRetries) = (1, 0));
        var id = bench.Run();

        bench.Advance(10);

        bench.State(id).Should().Be("FAILED");
    }

    [Test]
    public void CrashProbability_SameSeed_MakesTheSameDecisions()
    {
        Outcome(seed: 7).Should().Be(Outcome(seed: 7));
        Outcome(seed: 7).Should().NotBe(Outcome(seed: 8));

        static string Outcome(int seed)
        {
            using var bench = new EndpointBench(o => (o.CrashProbability, o.MaxRetries, o.Seed) = (0.5, 0, seed));
            var ids = bench.RunMany(40, """{"prompt":"a b"}""");
            bench.Advance(900);
            return string.Concat(ids.Select(id => bench.Job(id).State == SimulatedJobState.Failed ? 'x' : '.'));
        }
    }

    [Test]
    public void StartFailure_Always_IsACrashLoopWithGrowingPauses()
    {
        using var bench = new EndpointBench(o => (o.StartFailureProbability, o.MaxWorkers, o.ColdStart) = (1, 1, TimeSpan.FromSeconds(1)));
        var id = bench.Run();

        bench.Advance(1);
        bench.Workers().Should().Be("0 0 0 0 1");
        bench.Advance(1);
        bench.Workers().Should().Be("0 1 0 0 0", "the first pause is 1 s");
        bench.Advance(1 + 1.9);
        bench.Workers().Should().Be("0 0 0 0 1", "the second is 2 s");
        bench.Advance(0.2);
        bench.Workers().Should().Be("0 1 0 0 0");
        bench.Advance(3_600);
        bench.State(id).Should().Be("IN_QUEUE");
        bench.Change(o => o.StartFailureProbability = 0);
        bench.Advance(301 + 2);
        bench.State(id).Should().Be("COMPLETED", "no pause is longer than 5 minutes");
    }

    [Test]
    public void Crash_AfterAFinishedJob_PausesAsForTheFirst()
    {
        using var bench = new EndpointBench(o => o.ColdStart = TimeSpan.Zero);
        for (var i = 0; i < 3; i++)
        {
            bench.Run("""{"prompt":"a b","simulate":{"crash":1,"chunkDelayMs":0}}""");
            bench.Workers().Should().Be("0 0 0 0 1");
            bench.Advance(1);
            bench.Workers().Should().Be("0 0 1 0 0", "each time the pause is 1 s");
        }
    }

    [Test]
    public void CrashSome_BusyAndIdleWorker_KillsTheBusyOneFirst()
    {
        using var bench = new EndpointBench(o => (o.MinWorkers, o.ColdStart) = (2, TimeSpan.Zero));
        bench.Run("""{"simulate":{"handler":"plain","durationMs":1000}}""");
        var id = bench.Run("""{"simulate":{"handler":"plain","durationMs":60000}}""");
        bench.Advance(2);
        bench.Status(id).Str("workerId").Should().Be("sim-worker-2");

        bench.Endpoint.CrashSome(1).Should().Be(1);

        bench.Job(id).Retries.Should().Be(1);
        bench.State(id).Should().Be("IN_PROGRESS", "the other worker takes it over at once");
        bench.Workers().Should().Be("0 0 1 0 1");
    }
}
