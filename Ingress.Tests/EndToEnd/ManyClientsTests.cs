using System.Text.Json;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Operations;
using Ingress.RunPod.Simulation;
using Ingress.Tests.Support;

namespace Ingress.Tests.EndToEnd;

/// <summary>Many clients at once, over real sockets on both sides: whatever the load, the promises are the same.</summary>
[NonParallelizable]
public sealed class ManyClientsTests
{
    private const int Clients = 1_000;
    private const int RequestsEach = 20;

    private static readonly string[] Refusals = ["request.failed", "request.rejected", "request.cancelled", "error"];

    private static readonly (string Key, string? Value)[] Fast =
    [
        ("Simulator:MaxWorkers", "32"),
        ("Simulator:InitialIdleWorkers", "32"),
        ("Simulator:ChunkDelay", "00:00:00"),
        ("Simulator:Limits", "false"),
        ("RunPod:MaxWorkers", "32"),
        ("RunPod:Limits:RunRequests", "1000000"),
        ("RunPod:Limits:ReadRequests", "1000000"),
        ("Queue:Capacity", "20000"),
        ("Logging:LogLevel:Default", "Warning"),
    ];

    [Test]
    [CancelAfter(240_000)]
    public async Task ThousandClients_TwentyRequestsEach_AllEndOnceInOrder(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Fast);
        var counts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => ConverseAsync(server, client, cancellationToken)));

        counts.Should().OnlyContain(static count => count == RequestsEach, "each request ends exactly once");
        AssertOrder(server.Simulator!.Engine.Jobs());
        server.Simulator.Engine.Jobs().Should().HaveCount(Clients * RequestsEach, "nothing is run twice");
        await AssertNothingHeldAsync(server, cancellationToken);
        server.Get<PipelineOperations>().Status().Totals.Completed.Should().Be(Clients * RequestsEach);
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task HalfOfThousandClients_KilledHalfWay_NoneOfTheirJobsIsLeftAndNobodyElseNotices(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. Fast, ("Session:ResumeGrace", "00:00:00"), ("RunPod:Limits:CancelRequests", "100000")]);
        var staying = Enumerable.Range(0, Clients / 2).Select(client => ConverseAsync(server, client, cancellationToken)).ToArray();
        var leaving = Enumerable.Range(Clients / 2, Clients / 2).Select(client => LeaveHalfWayAsync(server, client, cancellationToken)).ToArray();
        await Task.WhenAll(leaving);
        (await Task.WhenAll(staying)).Should().OnlyContain(static count => count == RequestsEach);

        await AssertNothingHeldAsync(server, cancellationToken);
        server.Simulator!.Engine.Jobs().Where(static job => job.State is SimulatedJobState.InQueue or SimulatedJobState.InProgress).Should().BeEmpty("no job works for nobody");
        var totals = server.Get<PipelineOperations>().Status().Totals;
        totals.Queued.Should().Be(totals.Completed + totals.Cancelled + totals.Skipped);
    }

    private static async Task<int> ConverseAsync(IngressServer server, int client, CancellationToken cancellationToken)
    {
        await using var connection = await server.ConnectAsync(cancellationToken);
        await SendAllAsync(connection, client, cancellationToken);
        var ended = new HashSet<string>();
        while (ended.Count < RequestsEach)
        {
            var received = await connection.ReceiveEventAsync(cancellationToken);
            var type = received.GetProperty("type").GetString();
            Refusals.Should().NotContain(type);
            if (type == "request.completed")
            {
                ended.Add(received.GetProperty("id").GetString()!).Should().BeTrue();
            }
        }

        return ended.Count;
    }

    private static async Task LeaveHalfWayAsync(IngressServer server, int client, CancellationToken cancellationToken)
    {
        await using var connection = await server.ConnectAsync(cancellationToken);
        await SendAllAsync(connection, client, cancellationToken);
        for (var ended = 0; ended < RequestsEach / 2;)
        {
            var received = await connection.ReceiveEventAsync(cancellationToken);
            ended += received.GetProperty("type").GetString() == "request.completed" ? 1 : 0;
        }

        connection.Socket.Abort();
    }

    private static async Task SendAllAsync(TestClient connection, int client, CancellationToken cancellationToken)
    {
        for (var i = 0; i < RequestsEach; i++)
        {
            await connection.SendAsync(
                $$$"""{"type":"request","id":"{{{i}}}","input":{"prompt":"hello","client":{{{client}}},"n":{{{i}}}}}""", cancellationToken);
        }
    }

    private static void AssertOrder(IEnumerable<JobRecord> jobs)
    {
        var next = new int[Clients];
        foreach (var job in jobs.OrderBy(static job => job.Sequence))
        {
            using var input = JsonDocument.Parse(job.Input);
            var client = input.RootElement.GetProperty("client").GetInt32();
            input.RootElement.GetProperty("n").GetInt32().Should().Be(next[client]++, "the requests of client {0} reach RunPod in order", client);
        }
    }

    private static async Task AssertNothingHeldAsync(IngressServer server, CancellationToken cancellationToken)
    {
        var audit = server.Get<LeakAudit>();
        var operations = server.Get<PipelineOperations>();
        while (operations.Status() is var status
            && (status.Connections > 0 || status.Lanes[0].Length > 0 || status.Lanes[0].Backend.OwnJobs > 0 || audit.Count() > 0))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        operations.Status().Lanes[0].Bytes.Should().Be(0);
    }
}
