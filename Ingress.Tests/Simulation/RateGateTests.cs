using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class RateGateTests
{
    [TestCase(SimulatedOperation.Run, 1_000)]
    [TestCase(SimulatedOperation.RunSync, 2_000)]
    [TestCase(SimulatedOperation.Status, 2_000)]
    [TestCase(SimulatedOperation.Cancel, 100)]
    [TestCase(SimulatedOperation.PurgeQueue, 2)]
    public void TryEnter_PublishedRate_IsTheMostInAnyTenSeconds(object operation, int rate)
    {
        using var bench = new EndpointBench();
        var op = (SimulatedOperation)operation;

        Calls(bench, op, rate + 5).Should().Be(rate);
        bench.Advance(9.9);
        Calls(bench, op, 1).Should().Be(0);
        bench.Advance(0.1);
        Calls(bench, op, 1).Should().Be(1);
    }

    [TestCase(SimulatedOperation.Run, 200)]
    [TestCase(SimulatedOperation.Stream, 400)]
    [TestCase(SimulatedOperation.Cancel, 20)]
    public void TryEnter_PublishedConcurrency_IsTheMostAtOnce(object operation, int atOnce)
    {
        using var bench = new EndpointBench();
        var op = (SimulatedOperation)operation;

        Enumerable.Range(0, atOnce + 3).Count(_ => bench.Endpoint.TryEnter(op)).Should().Be(atOnce);
        bench.Endpoint.Leave(op);

        bench.Endpoint.TryEnter(op).Should().BeTrue();
        var count = bench.Endpoint.Stats().Of(op);
        (count.PeakOpen, count.Open, count.TooMany, count.Calls).Should().Be((atOnce, atOnce, 3, atOnce + 4));
    }

    [Test]
    public void TryEnter_StatusAndStream_ShareOnePool()
    {
        using var bench = new EndpointBench();
        for (var i = 0; i < 400; i++)
        {
            bench.Endpoint.TryEnter(SimulatedOperation.Stream);
        }

        bench.Endpoint.TryEnter(SimulatedOperation.Status).Should().BeFalse();
        bench.Endpoint.TryEnter(SimulatedOperation.Cancel).Should().BeTrue();
    }

    [Test]
    public void TryEnter_ManyRunningWorkers_GrowsWithThem()
    {
        using var bench = new EndpointBench(o => (o.MinWorkers, o.MaxWorkers, o.ColdStart) = (10, 10, TimeSpan.Zero));

        Calls(bench, SimulatedOperation.Cancel, 300).Should().Be(200, "ten workers at 20 each are more than the base of 100");
    }

    [Test]
    public void TryEnter_HealthOrLimitsOff_IsNeverRefused()
    {
        using var bench = new EndpointBench();
        Calls(bench, SimulatedOperation.Health, 5_000).Should().Be(5_000);

        bench.Change(o => o.Limits = false);

        Calls(bench, SimulatedOperation.PurgeQueue, 50).Should().Be(50);
    }

    private static int Calls(EndpointBench bench, SimulatedOperation operation, int count) => Enumerable.Range(0, count).Count(_ =>
    {
        var entered = bench.Endpoint.TryEnter(operation);
        if (entered)
        {
            bench.Endpoint.Leave(operation);
        }

        return entered;
    });
}
