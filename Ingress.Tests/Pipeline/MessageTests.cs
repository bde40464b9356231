using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Which event answers which message, and that the connection goes on.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MessageTests
{
    [TestCase("nonsense", "error", "invalid_json", null)]
    [TestCase("", "error", "invalid_json", null)]
    [TestCase("[]", "error", "invalid_message", null)]
    [TestCase("""{"id":"a"}""", "error", "invalid_message", "a")]
    [TestCase("""{"type":"x"}""", "error", "unknown_type", null)]
    [TestCase("""{"type":"cancel","id":"a"}""", "error", "unknown_request", "a")]
    [TestCase("""{"type":"cancel"}""", "error", "invalid_message", null)]
    [TestCase("""{"type":"request","id":"a"}""", "request.rejected", "invalid_message", "a")]
    [TestCase("""{"type":"request","id":7,"input":{}}""", "request.rejected", "invalid_message", null)]
    [TestCase("""{"type":"request","id":"a","input":{},"endpoint":"no"}""", "request.rejected", "unknown_endpoint", "a")]
    [TestCase("""{"type":"request","id":"live","input":{}}""", "request.rejected", "duplicate_id", "live")]
    [CancelAfter(20_000)]
    public async Task BadMessage_V1_AnsweredAndTheConnectionGoesOn(
        string text, string type, string code, string? id, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("live");
        client.Socket.ClientSends(text);
        client.Socket.ClientSends("""{"type":"ping"}""");
        await client.WaitForAsync("pong", cancellationToken);

        client.Types.Should().Equal("session.opened", "request.queued", type, "pong");
        client.Events.Select(static each => each.GetProperty("seq").GetInt64()).Should().Equal(1, 2, 3, 4);
        var answer = client.Events[2];
        answer.GetProperty("error").GetProperty("code").GetString().Should().Be(code);
        (answer.TryGetProperty("id", out var told) ? told.GetString() : null).Should().Be(id);
        harness.Queue.Length.Should().Be(1);
        harness.Totals.Rejected.Should().Be(type == "error" ? 0 : 1);
        harness.Logs.GetSnapshot().Should().NotContain(static log => log.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [TestCase("nonsense", "error", "invalid_json")]
    [TestCase("5", "error", "invalid_message")]
    [TestCase("""{"input":{},"id":""}""", "request.rejected", "invalid_message")]
    [TestCase("""{"input":{},"endpoint":"no"}""", "request.rejected", "unknown_endpoint")]
    [CancelAfter(20_000)]
    public async Task BadMessage_Plain_AnsweredByAnEvent(string text, string type, string code, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = harness.Connect(WireProtocol.Plain);
        client.Socket.ClientSends(text);
        client.Socket.ClientSends("""{"prompt":"x"}""");
        await PipelineHarness.UntilAsync(() => client.Socket.Sent.Count == 2, cancellationToken);

        client.Types.Should().Equal(type);
        client.Events[0].GetProperty("error").GetProperty("code").GetString().Should().Be(code);
        client.Socket.Sent[1].Should().Be("Conversation request added into the queue.");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Request_Plain_ExactAcknowledgementThenTheEventsOfItsJob(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = harness.Connect(WireProtocol.Plain);
        await harness.SettleAsync(cancellationToken);
        client.Socket.Sent.Should().BeEmpty("a plain session has no greeting");
        client.Socket.ClientSends("""  { "type":"ping", "prompt" : "x" } """);
        client.Socket.ClientSends("""{"id":"b","input":{"p":1}}""");
        await harness.SettleAsync(cancellationToken);
        client.Socket.Sent.Should().Equal("Conversation request added into the queue.", "Conversation request added into the queue.");
        var first = await harness.RunNextAsync(cancellationToken);
        var second = await harness.RunNextAsync(cancellationToken);
        first.Input.Should().Be("""{ "type":"ping", "prompt" : "x" }""");
        second.Input.Should().Be("""{"p":1}""");
        harness.Advance(TimeSpan.FromSeconds(2));
        second.End(Ingress.Pipeline.Forwarding.JobEndState.Completed, "1");
        await client.WaitForAsync("request.completed", cancellationToken);

        client.Types.Should().Equal("request.dispatched", "request.dispatched", "request.completed");
        client.Events.Select(static each => each.GetProperty("seq").GetInt64()).Should().Equal(1, 2, 3);
        client.Last("request.completed").GetProperty("id").GetString().Should().Be("b");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Message_InBinaryFrames_ReadAlike(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Socket.ClientSends("""{"type":"ping"}"""u8.ToArray(), WebSocketMessageType.Binary);
        client.Socket.ClientSends([0x7B, 0xFF, 0x7D], WebSocketMessageType.Binary);
        await client.WaitForAsync("error", cancellationToken);

        client.Types.Should().Equal("session.opened", "pong", "error");
        client.Last("error").GetProperty("error").GetProperty("code").GetString().Should().Be("invalid_json");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Message_InManyFrames_IsOne(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        var text = Encoding.UTF8.GetBytes($$$"""{"type":"request","id":"a","input":{"é":"{{{new string('x', 9000)}}}"}}""");
        client.Socket.ClientSends([], WebSocketMessageType.Text, end: false);
        foreach (var part in text.Chunk(7))
        {
            client.Socket.ClientSends(part, WebSocketMessageType.Text, end: false);
        }

        client.Socket.ClientSends([], WebSocketMessageType.Text);
        await client.WaitForAsync("request.queued", cancellationToken, "a");

        (await harness.RunNextAsync(cancellationToken)).Input.Should().HaveLength(9000 + """{"é":""}""".Length);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SessionOpened_TellsTheLimits(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new()
        {
            ["WebSocket:MaxMessageBytes"] = "5000",
            ["Queue:MaxPendingPerConnection"] = "6",
            ["Queue:Capacity"] = "7",
        });
        var opened = (await harness.OpenAsync(cancellationToken)).Greeting;

        opened.GetProperty("limits").GetRawText().Should().Be("""{"maxMessageBytes":5000,"maxPendingPerConnection":6,"queueCapacity":7}""");
        Guid.Parse(opened.GetProperty("sessionId").GetString()!).Version.Should().Be(7);
        opened.GetProperty("resumeToken").GetString().Should().HaveLength(22);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Request_WithoutId_GetsAUuidOfVersion7(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Socket.ClientSends("""{"type":"request","input":{}}""");
        var queued = await client.WaitForAsync("request.queued", cancellationToken);

        Guid.Parse(queued.GetProperty("id").GetString()!).Version.Should().Be(7);
        queued.GetProperty("position").GetInt32().Should().Be(1);
        queued.GetProperty("queueLength").GetInt32().Should().Be(1);
        queued.GetProperty("estimatedWaitMs").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task ReceiveLoop_WhileTheClientIsSilent_HoldsNoBuffer(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        await harness.SettleAsync(cancellationToken);
        client.Socket.WaitingBuffer.Should().Be(0);

        client.Socket.ClientSends("{"u8.ToArray(), WebSocketMessageType.Text, end: false);
        await PipelineHarness.UntilAsync(() => client.Socket.WaitingBuffer > 0, cancellationToken);
    }

    [Test]
    [NonParallelizable]
    [CancelAfter(30_000)]
    public async Task ReceiveLoop_AfterALargeMessage_GivesItsBufferBack(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var large = Encoding.UTF8.GetBytes(new string('x', 500_000));
        long before = 0;
        for (var i = 0; i < 80; i++)
        {
            var client = await harness.OpenAsync(cancellationToken);
            client.Socket.ClientSends(large, WebSocketMessageType.Text);
            await client.WaitForAsync("error", cancellationToken);
            await PipelineHarness.UntilAsync(() => client.Socket.WaitingBuffer == 0, cancellationToken);
            before = i == 10 ? GC.GetTotalMemory(true) : before;
        }

        (GC.GetTotalMemory(true) - before).Should().BeLessThan(10 << 20, "seventy silent clients would hold 36 MB");
    }
}
