using Ingress.Pipeline.Connections;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Who breaks connections again and again cannot pile up sessions, nor take the grace from others.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class GraceLimitTests
{
    private const int Limit = 3;

    private readonly PipelineHarness _harness = new(new() { ["WebSocket:MaxConnections"] = $"{Limit}" });

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [Test]
    [CancelAfter(20_000)]
    public async Task Broken_MoreThanMayConnect_TheOldestEndEarly(CancellationToken cancellationToken)
    {
        var broken = new List<HarnessClient>();
        for (var i = 0; i < Limit + 2; i++)
        {
            broken.Add(await BreakAsync("mallory", cancellationToken));
        }

        _harness.Queue.Length.Should().Be(Limit, "the places of the others are free");
        _harness.Totals.Skipped.Should().Be(2);
        _harness.Logs.GetSnapshot().Should().Contain(static log => log.Message == "Refused 1 messages or connections: grace_limit.");
        await AssertGoneAsync(broken[1], cancellationToken);
        await AssertAliveAsync(broken[2], cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Broken_ByOneWhoHasMany_AnothersIsKept(CancellationToken cancellationToken)
    {
        var honest = await BreakAsync("honest", cancellationToken);
        for (var i = 0; i < 2 * Limit; i++)
        {
            await BreakAsync("mallory", cancellationToken);
        }

        _harness.Queue.Length.Should().Be(Limit);
        await AssertAliveAsync(honest, cancellationToken);
    }

    private async Task<HarnessClient> BreakAsync(string principal, CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken, new ClientIdentity(principal));
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(0.25));
        return client;
    }

    private async Task AssertAliveAsync(HarnessClient client, CancellationToken cancellationToken) =>
        await _harness.Resume(client, 2).WaitForAsync("session.resumed", cancellationToken);

    private async Task AssertGoneAsync(HarnessClient client, CancellationToken cancellationToken)
    {
        var late = _harness.Resume(client, 2);
        await _harness.SettleAsync(cancellationToken);
        late.Types.Should().Equal("session.opened", "session.opened");
    }
}
