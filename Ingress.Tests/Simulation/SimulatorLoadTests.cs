using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

/// <summary>The simulator must be faster than what is developed against it.</summary>
[TestFixture]
public sealed class SimulatorLoadTests
{
    [TestCase(2_000, 200)]
    [TestCase(20_000, 1_000, Explicit = true, Reason = "takes both cores for some seconds")]
    [CancelAfter(120_000)]
    public async Task Jobs_FromManyConnections_AllComplete(int jobs, int connections, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => (o.MaxWorkers, o.Limits) = (32, false));
        var left = jobs;
        var started = TimeProvider.System.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var id = await server.RunAsync(cancellationToken: cancellationToken);
                (await server.ReadStreamAsync(id, cancellationToken)).Should().Be(("COMPLETED", "one two three"));
            }
        }, cancellationToken)));

        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        await TestContext.Out.WriteLineAsync($"{jobs} jobs from {connections} connections in {seconds:0.0} s");
        server.Engine.Jobs().Should().HaveCount(jobs).And.OnlyContain(job => job.Attempts == 1 && job.ChunksRead == 3);
    }
}
