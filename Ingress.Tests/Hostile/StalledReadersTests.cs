using Ingress.Pipeline.Forwarding;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>
/// Nobody waits for somebody else's socket. Without a clock: a thousand sends that never complete are under way, each with more behind it,
/// while another client's whole conversation takes place; whatever they shared with it would stop it for good.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StalledReadersTests
{
    private const int Stalled = 1000;
    private const int Chunks = 20;

    private readonly PipelineHarness _harness = new();

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [Test]
    [CancelAfter(60_000)]
    public async Task Readers_AThousandInMidSend_AnothersConversationTakesPlaceInOrder(CancellationToken cancellationToken)
    {
        var stalled = await StallAsync(cancellationToken);
        var jobs = await RunAllAsync(Stalled, cancellationToken);
        var healthy = await _harness.OpenAsync(cancellationToken);
        healthy.Request("h");
        healthy.Request("withdrawn");
        await healthy.WaitForAsync("request.queued", cancellationToken, "withdrawn");
        var own = await _harness.RunNextAsync(cancellationToken);
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            jobs.ForEach(static job => job.Yield("\"to nobody\""));
            own.Yield($"{chunk}");
            await PipelineHarness.UntilAsync(() => healthy.All("request.output").Count == chunk + 1, cancellationToken);
        }

        healthy.Cancel("withdrawn");
        await healthy.WaitForAsync("request.cancelled", cancellationToken, "withdrawn");
        healthy.Socket.ClientSends("""{"type":"ping"}""");
        await healthy.WaitForAsync("pong", cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(1)); // the housekeeping has looked at all of them, too
        own.End(JobEndState.Completed);
        await healthy.WaitForAsync("request.completed", cancellationToken);

        healthy.TypesOf("h").Where(static type => type != "request.position").Should().Equal(
            ["request.queued", "request.dispatched", .. Enumerable.Repeat("request.output", Chunks), "request.completed"]);
        healthy.All("request.output").Select(static each => each.GetProperty("index").GetInt32()).Should().Equal(Enumerable.Range(0, Chunks));
        stalled.Should().OnlyContain(static client => client.Socket.IsHeld && client.Socket.Sent.Count == 1, "they are stalled all the while");
        _harness.Handler.Connections.Count(static each => each.Session.Outbox.HasUnsent(each)).Should().Be(Stalled);
        _harness.Handler.Connections.Should().OnlyContain(static each => each.Closing == null);
        stalled.ForEach(static client => client.Socket.Abort());
        await Task.WhenAll(stalled.Select(static client => client.Served)).WaitAsync(cancellationToken);
        jobs.ForEach(static job => job.End(JobEndState.Completed));
    }

    // Each is in the middle of being sent its acknowledgement.
    private async Task<List<HarnessClient>> StallAsync(CancellationToken cancellationToken)
    {
        var clients = new List<HarnessClient>();
        for (var i = 0; i < Stalled; i++)
        {
            var client = await _harness.OpenAsync(cancellationToken);
            client.Socket.Hold();
            client.Request($"{i}");
            clients.Add(client);
        }

        await PipelineHarness.UntilAsync(() => _harness.Queue.Length == Stalled, cancellationToken);
        return clients;
    }

    private async Task<List<FakeJob>> RunAllAsync(int count, CancellationToken cancellationToken)
    {
        var jobs = new List<FakeJob>();
        for (var i = 0; i < count; i++)
        {
            jobs.Add(await _harness.RunNextAsync(cancellationToken));
        }

        return jobs;
    }
}
