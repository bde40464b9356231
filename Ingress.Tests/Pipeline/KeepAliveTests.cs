using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>A line that fails silently: nothing is refused, nothing comes back. By a clock that the test moves, so that the times are exact.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KeepAliveTests
{
    private const string Ping = "\u0089\0";

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.25);

    private readonly PipelineHarness _harness = new(new()
    {
        ["WebSocket:KeepAliveInterval"] = "00:00:15",
        ["WebSocket:KeepAliveTimeout"] = "00:00:10",
        ["WebSocket:SendTimeout"] = "01:00:00",
        ["Session:ResumeGrace"] = "00:00:05",
    });

    private readonly SteppedStream _line = new() { ReadsAll = true };

    [TearDown]
    public async Task StopAsync()
    {
        await _harness.DisposeAsync();
        await _line.DisposeAsync();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Client_SilentlyGone_IsCutOffAfterIntervalAndTimeoutAndItsJobAfterTheGrace(CancellationToken cancellationToken)
    {
        var (served, job) = await RunAsync(cancellationToken);
        Advance(TimeSpan.FromSeconds(15));
        await _line.ReadUntilAsync(Ping, cancellationToken);
        Advance(TimeSpan.FromSeconds(10) - Look);
        _line.IsCutOff.Should().BeFalse();
        Advance(Look);
        _line.IsCutOff.Should().BeTrue();
        await served.WaitAsync(cancellationToken);
        _harness.Handler.Active.Should().Be(0);
        Advance(TimeSpan.FromSeconds(5) - Look);
        job.IsAbandoned.Should().BeFalse("its session may still be resumed");
        Advance(Look);
        await job.Abandoned.WaitAsync(cancellationToken);
        job.End(JobEndState.Cancelled);
    }

    private async Task<(Task Served, FakeJob Job)> RunAsync(CancellationToken cancellationToken)
    {
        _harness.Handler.TryReserve().Should().BeTrue();
        var served = ServeAsync();
        _line.ClientSends("""{"type":"request","id":"a","input":{}}""");
        var job = await _harness.RunNextAsync(cancellationToken);
        await _line.ReadUntilAsync("request.dispatched", cancellationToken);
        return (served, job);
    }

    private async Task ServeAsync()
    {
        using var socket = new FrameWebSocket(_line, "ingress.v1", _line.CutOff, _harness.Time);
        await _harness.Handler.RunAsync(socket, WireProtocol.V1, new ClientIdentity("p"));
        _harness.Handler.Release();
    }

    private void Advance(TimeSpan by)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += Look)
        {
            _harness.Advance(Look);
        }
    }
}
