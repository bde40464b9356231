using System.Text;
using System.Text.Json;
using Ingress.Pipeline.Operations;
using Ingress.RunPod.Simulation;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.EndToEnd;

/// <summary>Every promise of the service that this one replaces, kept from outside.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OriginalPromisesTests
{
    // From the start: a sample that was good once is believed for a while after the next ones fail.
    private static readonly (string Key, string? Value)[] HealthDown =
    [
        ("Simulator:Faults:0:Operation", "health"),
        ("Simulator:Faults:0:Kind", "Status"),
        ("Simulator:Faults:0:Status", "500"),
    ];

    [Test]
    [CancelAfter(30_000)]
    public async Task ForeignClient_SendsJson_IsAcknowledgedToTheByteAndAnswered(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        using var client = ForeignClient.StartPython("ask", server.WebSocketAddress);

        var acknowledgement = Convert.FromHexString((await client.ReadLineAsync(cancellationToken))!);
        acknowledgement.Should().Equal("Conversation request added into the queue."u8.ToArray());
        var events = new List<JsonElement>();
        while (await client.ReadLineAsync(cancellationToken) is { } line)
        {
            events.Add(JsonDocument.Parse(line).RootElement);
        }

        (await client.WaitForExitAsync(cancellationToken)).Should().Be(0);
        TypeOf(events[^1]).Should().Be("request.completed");
        string.Concat(events.Where(static each => TypeOf(each) == "request.output").Select(static each => each.GetProperty("output").GetString()))
            .Should().Be("one two three");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Request_RunPodNotReady_IsHeldAndSentWhenReady(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(HealthDown);
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("a", "hello", cancellationToken);
        await client.ReceiveEventAsync("request.queued", cancellationToken);

        // Asked again and again while it waits: three more polls prove that it was not sent meanwhile.
        await WaitForPollsAsync(server, 3, cancellationToken);
        server.Simulator!.Engine.Jobs().Should().BeEmpty();

        server.Simulator!.Engine.Faults.Clear();
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        server.Simulator!.Engine.Jobs().Should().HaveCount(1);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Disconnect_RequestsWaiting_NoneReachesRunPodAndPlacesAreFreeAtOnce(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. HealthDown, ("Queue:Capacity", "10"), ("Session:ResumeGrace", "00:00:00")]);
        var leaving = await server.ConnectAsync(cancellationToken);
        for (var i = 0; i < 10; i++)
        {
            await leaving.SendRequestAsync($"gone-{i}", "gone", cancellationToken);
            await leaving.ReceiveEventAsync("request.queued", cancellationToken);
        }

        await leaving.DisposeAsync();
        await server.WaitForAsync(static status => status.Lanes[0] is { Length: 0, Bytes: 0 }, cancellationToken);
        await using var staying = await server.ConnectAsync(cancellationToken);
        for (var i = 0; i < 10; i++)
        {
            await staying.SendRequestAsync($"here-{i}", "here", cancellationToken);
            await staying.ReceiveEventAsync("request.queued", cancellationToken);
        }

        await staying.SendRequestAsync("one-too-many", "here", cancellationToken);
        var rejected = await staying.ReceiveEventAsync("request.rejected", cancellationToken);
        rejected.GetProperty("error").GetProperty("code").GetString().Should().Be("queue_full");
        rejected.GetProperty("retryAfterMs").GetInt64().Should().BePositive();

        server.Simulator!.Engine.Faults.Clear();
        for (var i = 0; i < 10; i++)
        {
            await staying.ReceiveEventAsync("request.completed", cancellationToken);
        }

        server.Simulator!.Engine.Jobs().Select(static job => Encoding.UTF8.GetString(job.Input.Span))
            .Should().HaveCount(10).And.OnlyContain(static input => input.Contains("here"));
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Health_Get_AnswersTheExactText(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        using var answer = await server.Http.GetAsync("/health", cancellationToken);
        (await answer.Content.ReadAsByteArrayAsync(cancellationToken)).Should().Equal("Trugen Infra Ingress running."u8.ToArray());
        answer.Content.Headers.ContentType!.MediaType.Should().Be("text/plain");
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task QueueLength_Changes_IsInTheLog(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(HealthDown);
        await using var client = await server.ConnectAsync(cancellationToken, subprotocol: null);
        await client.SendAsync("""{"prompt":"hello"}""", cancellationToken);
        await client.ReceiveTextAsync(cancellationToken);
        await server.Logs.WaitForAsync(static line => line.Message.Contains("Number of requests in the queue: 1", StringComparison.Ordinal), cancellationToken);
        server.Simulator!.Engine.Faults.Clear();
        await server.Logs.WaitForAsync(static line => line.Message.Contains("Number of requests in the queue: 0", StringComparison.Ordinal), cancellationToken);
    }

    [TestCase("not json", "invalid_json")]
    [TestCase("[1,2]", "invalid_message")]
    [TestCase("{\"a\":", "invalid_json")]
    [CancelAfter(30_000)]
    public async Task BadMessage_PlainProtocol_IsAnsweredAndTheConnectionGoesOn(string message, string code, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken, subprotocol: null);
        await client.SendAsync(message, cancellationToken);
        var refused = await client.ReceiveEventAsync(cancellationToken);
        TypeOf(refused).Should().Be("error");
        refused.GetProperty("error").GetProperty("code").GetString().Should().Be(code);

        await client.SendAsync("""{"prompt":"hello"}""", cancellationToken);
        (await client.ReceiveTextAsync(cancellationToken)).Should().Be(TestClient.Acknowledgement);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        server.Logs.Lines.Where(static line => line.Level >= LogLevel.Error).Should().BeEmpty("a client's mistake is no error of ours");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Client_KilledInMidStream_ItsJobIsCancelledAndNothingSpins(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("WebSocket:KeepAliveInterval", "00:00:01"), ("WebSocket:KeepAliveTimeout", "00:00:01"));
        using var client = ForeignClient.StartPython("stream", server.WebSocketAddress);
        for (var outputs = 0; outputs < 20;)
        {
            outputs += (await client.ReadLineAsync(cancellationToken))!.Contains("request.output", StringComparison.Ordinal) ? 1 : 0;
        }

        client.Kill();
        await server.WaitForAsync(static status => status.Connections == 0 && status.Lanes[0].Backend.OwnJobs == 0, cancellationToken);
        server.Simulator!.Engine.Jobs().Should().ContainSingle().Which.State.Should().Be(SimulatedJobState.Cancelled);

        var before = Environment.CpuUsage.TotalTime;
        using var watch = new PeriodicTimer(TimeSpan.FromSeconds(2));
        await watch.WaitForNextTickAsync(cancellationToken);
        (Environment.CpuUsage.TotalTime - before).Should().BeLessThan(TimeSpan.FromSeconds(1.5), "a loop that spins takes a whole core");
    }

    private static string? TypeOf(JsonElement element) => element.GetProperty("type").GetString();

    private static async Task WaitForPollsAsync(IngressServer server, int count, CancellationToken cancellationToken)
    {
        var first = Polls(server);
        while (Polls(server) < first + count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static int Polls(IngressServer server) => server.Simulator!.Engine.Faults.List().Sum(static each => each.Hits);
}
