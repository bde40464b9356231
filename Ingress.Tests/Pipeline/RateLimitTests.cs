using System.Net.WebSockets;
using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>What is no request is limited as well, without taking anything from requests and cancels.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RateLimitTests
{
    private const int Burst = 2;
    private const int Others = 10 * Burst;

    private readonly PipelineHarness _harness = new(new() { ["RateLimit:RequestsPerSecond"] = "1", ["RateLimit:Burst"] = $"{Burst}" });

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [TestCase("""{"type":"ping"}""", "pong", "error")]
    [TestCase("nonsense", "error", "error")]
    [TestCase("""{"type":"cancel","id":"nobody"}""", "error", "error")]
    [TestCase("""{"type":"request","input":5}""", "request.rejected", "request.rejected")]
    [CancelAfter(20_000)]
    public async Task Others_OverTheLimit_RefusedUntilTheirBucketFills(string message, string answer, string refusal, CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        Send(client, message, Others + 3);
        await _harness.SettleAsync(cancellationToken);

        client.Types.Skip(1).Should().Equal([.. Enumerable.Repeat(answer, Others), .. Enumerable.Repeat(refusal, 3)]);
        client.Events.Count(IsRateLimited).Should().Be(3);
        _harness.Advance(TimeSpan.FromSeconds(0.1));
        Send(client, message, 1);
        await _harness.SettleAsync(cancellationToken);
        client.Types[^1].Should().Be(answer);
        IsRateLimited(client.Events[^1]).Should().BeFalse();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Others_OverTheLimit_RequestsAndCancelsAreTaken(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        Send(client, """{"type":"ping"}""", Others + 5);
        client.Cancel("a");
        client.Request("b");
        await client.WaitForAsync("request.queued", cancellationToken, "b");

        client.TypesOf("a").Should().Equal("request.queued", "request.cancelled");
        client.Events.Count(IsRateLimited).Should().Be(5);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Others_GoOnOverTheLimit_ClosedWith1008(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        Send(client, """{"type":"ping"}""", 4 * Others);
        await client.Served.WaitAsync(cancellationToken);

        client.Socket.SentClose.Should().Be(WebSocketCloseStatus.PolicyViolation);
        client.Events.Count(IsRateLimited).Should().Be(Others + 1);
        _harness.Queue.Length.Should().Be(0);
        _harness.Sessions.All.Should().BeEmpty();
    }

    private static void Send(HarnessClient client, string message, int times)
    {
        for (var i = 0; i < times; i++)
        {
            client.Socket.ClientSends(message);
        }
    }

    private static bool IsRateLimited(JsonElement each) =>
        each.TryGetProperty("error", out var error) && error.GetProperty("code").GetString() == "rate_limited";
}
