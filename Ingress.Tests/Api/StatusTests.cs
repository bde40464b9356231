using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class StatusTests
{
    [Test, CancelAfter(20_000)]
    public async Task Status_OneEndpoint_HasExactlyTheContractsMembers(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Queue:Capacity", "17"), ("WebSocket:MaxConnections", "5"));

        var status = await server.Http.PollJsonAsync(
            "/status", static answer => answer.GetProperty("runpod").GetProperty("sampledAt").ValueKind == JsonValueKind.String, cancellationToken);

        Names(status).Should().Equal("queue", "connections", "jobs", "runpod", "totals");
        Names(status.GetProperty("queue")).Should().Equal("length", "bytes", "capacity", "oldestAgeMs");
        Names(status.GetProperty("connections")).Should().Equal("active", "limit");
        Names(status.GetProperty("jobs")).Should().Equal("inFlight");
        Names(status.GetProperty("runpod")).Should().Equal("state", "freeSlots", "workers", "jobs", "sampledAt");
        Names(status.GetProperty("runpod").GetProperty("workers"))
            .Should().Equal("idle", "initializing", "ready", "running", "throttled", "unhealthy");
        Names(status.GetProperty("runpod").GetProperty("jobs"))
            .Should().Equal("completed", "failed", "inProgress", "inQueue", "retried");
        Names(status.GetProperty("totals")).Should().Equal(
            "received", "queued", "rejected", "dispatched", "completed", "failed", "cancelled", "expired", "skipped");
        status.GetProperty("queue").GetProperty("capacity").GetInt32().Should().Be(17);
        status.GetProperty("connections").GetProperty("limit").GetInt32().Should().Be(5);
    }

    [Test, CancelAfter(20_000)]
    public async Task Status_NothingSampledYet_ShowsZeros(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            ("Simulator:Faults:0:Operation", "health"), ("Simulator:Faults:0:Kind", "Hang"));

        var runPod = (await server.Http.GetJsonAsync("/status", cancellationToken)).GetProperty("runpod");

        runPod.GetProperty("sampledAt").ValueKind.Should().Be(JsonValueKind.Null);
        runPod.GetProperty("workers").GetProperty("running").GetInt32().Should().Be(0);
        runPod.GetProperty("jobs").GetProperty("inQueue").GetInt32().Should().Be(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task Status_WhileOneRunsAndOneWaits_CountsBoth(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            ("Simulator:FirstChunkDelay", "00:01:00"), ("RunPod:MaxWorkers", "1"), ("Simulator:MaxWorkers", "1"));
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("a", "runs", cancellationToken);
        await client.ReceiveEventAsync("request.dispatched", cancellationToken);
        await client.SendRequestAsync("b", "waits", cancellationToken);

        var status = await server.Http.PollJsonAsync(
            "/status", static answer => answer.GetProperty("queue").GetProperty("oldestAgeMs").GetInt64() > 0, cancellationToken);

        status.GetProperty("queue").GetProperty("length").GetInt32().Should().Be(1);
        status.GetProperty("queue").GetProperty("bytes").GetInt64().Should().Be("""{"prompt":"waits"}""".Length);
        status.GetProperty("jobs").GetProperty("inFlight").GetInt32().Should().Be(1);
        status.GetProperty("connections").GetProperty("active").GetInt32().Should().Be(1);
        status.GetProperty("totals").GetProperty("queued").GetInt64().Should().Be(2);
        status.GetProperty("totals").GetProperty("dispatched").GetInt64().Should().Be(1);
    }

    [Test, CancelAfter(20_000)]
    public async Task Status_SeveralEndpoints_ShowsEachAndTheSums(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            ("RunPod:Endpoints:large:EndpointId", ""), ("RunPod:Endpoints:small:EndpointId", ""), ("Queue:Capacity", "10"));

        var status = await server.Http.GetJsonAsync("/status", cancellationToken);

        Names(status.GetProperty("endpoints")).Should().BeEquivalentTo("default", "large", "small");
        Names(status.GetProperty("endpoints").GetProperty("large")).Should().Equal("queue", "jobs", "runpod", "paused");
        status.GetProperty("endpoints").GetProperty("large").GetProperty("paused").GetBoolean().Should().BeFalse();
        status.GetProperty("queue").GetProperty("capacity").GetInt32().Should().Be(30);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(static member => member.Name);
}
