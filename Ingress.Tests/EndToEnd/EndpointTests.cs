using Ingress.RunPod.Simulation;
using Ingress.Tests.Support;

namespace Ingress.Tests.EndToEnd;

/// <summary>Several endpoints behind one service: what goes wrong at one is nobody else's concern.</summary>
[TestFixture]
internal sealed class EndpointTests
{
    [Test, CancelAfter(30_000)]
    public async Task Endpoints_OneHangsAndOneStaysCold_TheDefaultOneGoesOn(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            ("RunPod:Endpoints:broken:EndpointId", ""), ("RunPod:Endpoints:cold:EndpointId", ""), ("Queue:MaxPendingPerConnection", "1000"),
            ("Simulator:Faults:0:Endpoint", "broken"), ("Simulator:Faults:0:Operation", "*"), ("Simulator:Faults:0:Kind", "Hang"));
        var simulator = server.Simulator!.Engine;
        var nothingStarts = simulator.Options.Copy();
        nothingStarts.MaxWorkers = 0;
        simulator.Apply(nothingStarts, "cold");
        await using var client = await server.ConnectAsync(cancellationToken);
        foreach (var endpoint in new[] { "broken", "cold" })
        {
            for (var i = 0; i < 100; i++)
            {
                await client.SendAsync($$$"""{"type":"request","id":"{{{endpoint}}}{{{i}}}","input":{"prompt":"a"},"endpoint":"{{{endpoint}}}"}""", cancellationToken);
            }
        }

        for (var i = 0; i < 20; i++)
        {
            await client.SendRequestAsync($"r{i}", "a b", cancellationToken);
        }

        var ended = new List<string?>();
        while (ended.Count < 20)
        {
            ended.Add((await client.ReceiveEventAsync("request.completed", cancellationToken)).GetProperty("id").GetString());
        }

        ended.Should().BeEquivalentTo(Enumerable.Range(0, 20).Select(static i => $"r{i}"));
        simulator.Jobs("broken").Should().BeEmpty();
        simulator.Jobs("cold").Should().HaveCount(1, "what wakes it, and nothing else").And.OnlyContain(static job => job.State == SimulatedJobState.InQueue);
    }
}
