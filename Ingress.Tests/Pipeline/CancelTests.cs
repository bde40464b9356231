using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>A client withdraws a request, or leaves, at every point of the request's life.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CancelTests
{
    private readonly PipelineHarness _harness = new();

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [Test]
    [CancelAfter(20_000)]
    public async Task Cancel_Queued_EndsAtOnceAndTheNextTakesItsTurn(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a", """{"n":1}""");
        client.Request("b", """{"n":2}""");
        client.Cancel("a");
        (await client.WaitForAsync("request.cancelled", cancellationToken, "a")).GetProperty("reason").GetString().Should().Be("client");
        _harness.Queue.Length.Should().Be(1);
        client.Request("a", """{"n":3}""");

        (await _harness.RunNextAsync(cancellationToken)).Input.Should().Be("""{"n":2}""");
        (await _harness.RunNextAsync(cancellationToken)).Input.Should().Be("""{"n":3}""", "an id may be used again after its end");
        _harness.Totals.Cancelled.Should().Be(1);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Cancel_WhileRunIsInTheAir_JobIsCancelledWhenItIsKnown(CancellationToken cancellationToken)
    {
        var (client, job) = await HandedOverAsync(cancellationToken);
        client.Cancel("a");
        await _harness.SettleAsync(cancellationToken);
        client.TypesOf("a").Should().Equal("request.queued");
        job.Accept("j");
        await job.Abandoned.WaitAsync(cancellationToken);
        job.Yield("1");
        job.End(JobEndState.Cancelled);

        (await client.WaitForAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("client");
        client.TypesOf("a").Should().NotContain("request.output");
        await AtRestAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Cancel_WhileRunIsNeverAnswered_ToldAfterFiveSeconds(CancellationToken cancellationToken)
    {
        var (client, job) = await HandedOverAsync(cancellationToken);
        client.Cancel("a");
        await _harness.SettleAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromSeconds(4.9));
        await _harness.SettleAsync(cancellationToken);
        client.TypesOf("a").Should().Equal("request.queued");
        await AdvanceUntilToldAsync(client, cancellationToken);
        client.Last("request.cancelled").GetProperty("reason").GetString().Should().Be("client");
        _harness.Queue.Length.Should().Be(0, "its place is free");
        job.Accept("late");
        await job.Abandoned.WaitAsync(cancellationToken);
        job.End(JobEndState.Completed, "1");

        await AtRestAsync(cancellationToken);
        client.TypesOf("a").Should().Equal("request.queued", "request.cancelled");
    }

    [TestCase(SubmitOutcome.NotTaken, "request.cancelled")]
    [TestCase(SubmitOutcome.Unknown, "request.failed")]
    [TestCase(SubmitOutcome.Rejected, "request.failed")]
    [CancelAfter(20_000)]
    public async Task Cancel_WhileRunIsInTheAirAndFails_EndsOnce(SubmitOutcome outcome, string end, CancellationToken cancellationToken)
    {
        var (client, job) = await HandedOverAsync(cancellationToken);
        client.Cancel("a");
        await _harness.SettleAsync(cancellationToken);
        job.Answer(outcome);
        await client.WaitForAsync(end, cancellationToken);

        await AtRestAsync(cancellationToken);
        client.TypesOf("a").Should().Equal("request.queued", end);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Cancel_Running_ToldWhenTheBackendHasConfirmed(CancellationToken cancellationToken)
    {
        var (client, job) = await RunningAsync(cancellationToken);
        client.Cancel("a");
        await job.Abandoned.WaitAsync(cancellationToken);
        job.Yield("2");
        await _harness.SettleAsync(cancellationToken);
        client.TypesOf("a").Should().NotContain("request.cancelled");
        client.Cancel("a");
        await _harness.SettleAsync(cancellationToken);
        job.End(JobEndState.Completed, "1");
        await client.WaitForAsync("request.cancelled", cancellationToken);

        await AtRestAsync(cancellationToken);
        client.TypesOf("a").Should().Equal("request.queued", "request.dispatched", "request.started", "request.output", "request.cancelled");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Cancel_RunningNeverConfirmed_ToldAfterFiveSecondsOnce(CancellationToken cancellationToken)
    {
        var (client, job) = await RunningAsync(cancellationToken);
        client.Cancel("a");
        await job.Abandoned.WaitAsync(cancellationToken);
        await AdvanceUntilToldAsync(client, cancellationToken);
        _harness.Backend.Held.Should().Be(1, "the backend still has the job");
        client.Cancel("a");
        (await client.WaitForAsync("error", cancellationToken)).GetProperty("error").GetProperty("code").GetString().Should().Be("unknown_request");
        job.End(JobEndState.Cancelled);

        await AtRestAsync(cancellationToken);
        client.TypesOf("a").Count(static type => type == "request.cancelled").Should().Be(1);
        _harness.Totals.Cancelled.Should().Be(1);
    }

    [TestCase(WireProtocol.V1)]
    [TestCase(WireProtocol.Plain)]
    [CancelAfter(20_000)]
    public async Task Close_Queued_SkippedAndThePlaceIsFreeAtOnce(WireProtocol protocol, CancellationToken cancellationToken)
    {
        var client = _harness.Connect(protocol);
        client.Socket.ClientSends("""{"type":"request","input":{"n":1}}""");
        client.Socket.ClientSends("""{"type":"request","input":{"n":2}}""");
        await _harness.SettleAsync(cancellationToken);
        _harness.Queue.Length.Should().Be(2);
        client.Socket.ClientCloses();
        await client.Served.WaitAsync(cancellationToken);

        _harness.Queue.Length.Should().Be(0);
        _harness.Queue.Bytes.Should().Be(0);
        _harness.Totals.Skipped.Should().Be(2);
        _harness.Backend.Offer(1);
        await _harness.SettleAsync(cancellationToken);
        _harness.Backend.Jobs.Should().BeEmpty();
        await AtRestAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Close_WhileRunIsInTheAir_JobIsCancelled(CancellationToken cancellationToken)
    {
        var (client, job) = await HandedOverAsync(cancellationToken);
        client.Socket.ClientCloses();
        await client.Served.WaitAsync(cancellationToken);
        _harness.Queue.Length.Should().Be(0, "the place is free although the call is under way");
        job.Accept("j");
        await job.Abandoned.WaitAsync(cancellationToken);
        job.End(JobEndState.Cancelled);

        await AtRestAsync(cancellationToken);
        client.Types.Should().Equal("session.opened", "request.queued");
        _harness.Totals.Cancelled.Should().Be(1);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Close_WhileRunIsInTheAirAndNotTaken_GoesNowhere(CancellationToken cancellationToken)
    {
        var (client, job) = await HandedOverAsync(cancellationToken);
        client.Socket.ClientCloses();
        await client.Served.WaitAsync(cancellationToken);
        job.Answer(SubmitOutcome.NotTaken);
        await _harness.SettleAsync(cancellationToken);
        _harness.Backend.Offer(1);
        await _harness.SettleAsync(cancellationToken);

        _harness.Backend.Jobs.Should().HaveCount(1);
        await AtRestAsync(cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Close_Running_JobIsCancelledAndNothingTold(CancellationToken cancellationToken)
    {
        var (client, job) = await RunningAsync(cancellationToken);
        var told = client.Events.Count;
        client.Socket.ClientCloses();
        await job.Abandoned.WaitAsync(cancellationToken);
        job.Yield("2");
        job.End(JobEndState.Completed, "1");

        await AtRestAsync(cancellationToken);
        client.Events.Should().HaveCount(told);
        _harness.Totals.Cancelled.Should().Be(1);
        _harness.Sessions.All.Should().BeEmpty();
    }

    private async Task<(HarnessClient Client, FakeJob Job)> HandedOverAsync(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        _harness.Backend.Offer(1);
        var job = (await _harness.Backend.WaitForJobsAsync(1, cancellationToken))[0];
        await _harness.SettleAsync(cancellationToken);
        return (client, job);
    }

    private async Task<(HarnessClient Client, FakeJob Job)> RunningAsync(CancellationToken cancellationToken)
    {
        var (client, job) = await HandedOverAsync(cancellationToken);
        job.Accept("j");
        await job.Followed.WaitAsync(cancellationToken);
        job.Start();
        job.Yield("1");
        return (client, job);
    }

    // In steps: the cancel's callbacks run on the pool, and the clock may be moved before its timer has been made.
    private async Task AdvanceUntilToldAsync(HarnessClient client, CancellationToken cancellationToken)
    {
        while (client.All("request.cancelled").Count == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _harness.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private async Task AtRestAsync(CancellationToken cancellationToken)
    {
        await _harness.SettleAsync(cancellationToken);
        await PipelineHarness.UntilAsync(() => _harness.Runner.Running == 0, cancellationToken);
        _harness.Audit.Count().Should().Be(0);
        (_harness.Queue.Length, _harness.Queue.Bytes).Should().Be((0, 0L));
        _harness.Logs.GetSnapshot().Should().NotContain(static log => log.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
        var totals = _harness.Totals;
        totals.Queued.Should().Be(totals.Completed + totals.Failed + totals.Cancelled + totals.Expired + totals.Skipped);
    }
}
