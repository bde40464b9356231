using System.Text;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>A single event may be larger than what may wait: whoever reads gets it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LargeEventTests
{
    private readonly PipelineHarness _harness = new(new() { ["WebSocket:MaxOutboundBytes"] = "3000" });

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [Test]
    [CancelAfter(20_000)]
    public async Task Event_LargerThanMayWait_ReachesAClientThatIsBeingSentAnother(CancellationToken cancellationToken)
    {
        var (client, job) = await RunAsync(cancellationToken);
        client.Socket.Hold();
        job.Yield("0");
        job.Yield(Text(1_000_000));
        job.Yield("2");
        job.End(JobEndState.Completed);
        await PipelineHarness.UntilAsync(() => _harness.Sessions.All.All(static session => session.Pending == 0), cancellationToken);
        client.Socket.Release();
        await client.WaitForAsync("request.completed", cancellationToken);

        client.All("request.output").Should().HaveCount(3);
        client.Socket.SentClose.Should().BeNull();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Event_LargerThanMayWait_DoesNotLiftTheBoundForTheOthers(CancellationToken cancellationToken)
    {
        var (client, job) = await RunAsync(cancellationToken);
        client.Socket.Hold();
        job.Yield("0");
        job.Yield(Text(10_000));
        for (var i = 0; i < 40; i++)
        {
            job.Yield(Text(100));
        }

        await job.Abandoned.WaitAsync(cancellationToken);
        job.End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Event_LargerThanMayBeKept_IsSentAgainAfterABreak(CancellationToken cancellationToken)
    {
        var (client, job) = await RunAsync(cancellationToken);
        job.Yield(Text(10_000));
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        var resumed = _harness.Resume(client, 3);
        await resumed.WaitForAsync("request.completed", cancellationToken);

        resumed.Types.Skip(1).Should().Equal("session.resumed", "request.output", "request.completed");
    }

    [TestCase(9, true)]
    [TestCase(11, false)]
    [CancelAfter(20_000)]
    public async Task Event_ReadPieceByPiece_IsNotSlowAsLongAsEachIsRead(int secondsEach, bool isServed, CancellationToken cancellationToken)
    {
        using var stream = new SteppedStream();
        using var socket = new FrameWebSocket(stream, "ingress.v1", stream.CutOff, _harness.Time);
        _harness.Handler.TryReserve();
        var served = _harness.Handler.RunAsync(socket, WireProtocol.V1, new ClientIdentity("p"));
        await stream.ReadAsync(cancellationToken); // the greeting
        stream.ClientSends("""{"type":"request","id":"a","input":{}}""");
        var job = await _harness.RunNextAsync(cancellationToken);
        while (!stream.Text.Contains("request.dispatched", StringComparison.Ordinal))
        {
            await stream.ReadAsync(cancellationToken);
        }

        job.Yield(Text(300_000));
        for (var piece = 0; piece < 4; piece++)
        {
            await stream.Offered(cancellationToken);
            for (var second = 0; second < 4 * secondsEach; second++)
            {
                _harness.Advance(TimeSpan.FromSeconds(0.25));
            }

            _harness.Handler.Connections.Single().Closing.Should().Match(closing => (closing == null) == isServed);
            if (!isServed)
            {
                break;
            }

            await stream.ReadAsync(cancellationToken);
        }

        stream.CutOff();
        await served.WaitAsync(cancellationToken);
        _harness.Handler.Release();
        job.End(JobEndState.Cancelled);
    }

    private async Task<(HarnessClient Client, FakeJob Job)> RunAsync(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await _harness.RunNextAsync(cancellationToken);
        await client.WaitForAsync("request.dispatched", cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        return (client, job);
    }

    private static string Text(int length) => $"\"{new string('x', length)}\"";
}
