using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Many idle connections are looked at in turns, each in time. By a clock that the test moves.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConnectionRoundsTests
{
    private const int Count = 100;
    private const string Ping = "\u0089\0";

    /// <summary>A fifth of a round at these limits.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.1);

    private readonly PipelineHarness _harness = new(new()
    {
        ["WebSocket:KeepAliveInterval"] = "00:00:15",
        ["WebSocket:KeepAliveTimeout"] = "00:00:10",
        ["Session:ResumeGrace"] = "00:00:00",
    });

    private readonly List<SteppedStream> _lines = [];

    [TearDown]
    public async Task StopAsync()
    {
        await _harness.DisposeAsync();
        foreach (var line in _lines)
        {
            await line.DisposeAsync();
        }
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task ManyIdle_ArePingedAndCutOffAFifthAtATime_AllWithinARound(CancellationToken cancellationToken)
    {
        var served = await OpenAsync(Count, cancellationToken);
        Advance(TimeSpan.FromSeconds(15) - Step);
        Pinged().Should().Be(0);

        for (var steps = 1; steps <= 5; steps++)
        {
            Advance(Step);
            Pinged().Should().Be(steps * Count / 5);
        }

        Advance(TimeSpan.FromSeconds(9));
        _lines.Should().NotContain(line => line.IsCutOff);
        Advance(TimeSpan.FromSeconds(2));
        _lines.Should().OnlyContain(line => line.IsCutOff);
        await Task.WhenAll(served).WaitAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task AfterAStandstill_AllAreLookedAtAtOnce(CancellationToken cancellationToken)
    {
        await OpenAsync(Count, cancellationToken);
        Advance(Step);

        _harness.Advance(TimeSpan.FromSeconds(20));

        Pinged().Should().Be(Count);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task ManyThatLeaveAndCome_AreLookedAtToo(CancellationToken cancellationToken)
    {
        await OpenAsync(Count, cancellationToken);
        Advance(Step);
        foreach (var line in _lines)
        {
            line.CutOff();
        }

        await PipelineHarness.UntilAsync(() => _harness.Handler.Active == 0, cancellationToken);
        _lines.Clear();
        await OpenAsync(3 * Count, cancellationToken);

        Advance(TimeSpan.FromSeconds(15.5));

        Pinged().Should().Be(3 * Count);
    }

    private async Task<List<Task>> OpenAsync(int count, CancellationToken cancellationToken)
    {
        var served = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var line = new SteppedStream { ReadsAll = true };
            _lines.Add(line);
            _harness.Handler.TryReserve().Should().BeTrue();
            served.Add(ServeAsync(line));
            await line.ReadUntilAsync("session.opened", cancellationToken);
        }

        return served;
    }

    private async Task ServeAsync(SteppedStream line)
    {
        using var socket = new FrameWebSocket(line, "ingress.v1", line.CutOff, _harness.Time);
        await _harness.Handler.RunAsync(socket, WireProtocol.V1, new ClientIdentity("p"));
        _harness.Handler.Release();
    }

    private int Pinged() => _lines.Count(line => line.Text.Contains(Ping, StringComparison.Ordinal));

    private void Advance(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Step)
        {
            _harness.Advance(Step);
        }
    }
}
