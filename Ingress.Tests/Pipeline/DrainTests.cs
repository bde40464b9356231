using System.Net.WebSockets;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DrainTests
{
    private readonly PipelineHarness _harness = new(new() { ["Shutdown:DrainTimeout"] = "00:00:20" });

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [Test]
    [CancelAfter(20_000)]
    public async Task Drain_NewRequestsRefused_WhatIsHereFinishes(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("run");
        var running = await _harness.RunNextAsync(cancellationToken);
        client.Request("wait");
        await client.WaitForAsync("request.queued", cancellationToken, "wait");
        var drained = _harness.Drain.DrainAsync();
        _harness.Drain.DrainAsync().Should().BeSameAs(drained);
        var closing = await client.WaitForAsync("session.closing", cancellationToken);
        closing.GetProperty("reason").GetString().Should().Be("shutdown");
        closing.GetProperty("retryAfterMs").GetInt64().Should().BeInRange(1000, 5000);
        client.Request("late");
        var rejected = await client.WaitForAsync("request.rejected", cancellationToken, "late");
        rejected.GetProperty("error").GetProperty("code").GetString().Should().Be("draining");
        rejected.GetProperty("error").GetProperty("retryable").GetBoolean().Should().BeTrue();
        rejected.GetProperty("retryAfterMs").GetInt64().Should().BeInRange(1000, 5000);

        running.End(JobEndState.Completed);
        var queued = await _harness.RunNextAsync(cancellationToken);
        drained.IsCompleted.Should().BeFalse();
        client.Socket.SentClose.Should().BeNull();
        queued.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "wait");
        await PassAsync(drained, cancellationToken);

        client.Socket.SentClose.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        client.Served.IsCompleted.Should().BeTrue();
        _harness.Sessions.All.Should().BeEmpty();
        _harness.Audit.Count().Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Drain_TimeIsOver_TheRestIsCancelledAsShutdown(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        var plain = _harness.Connect(WireProtocol.Plain);
        client.Request("run");
        var running = await _harness.RunNextAsync(cancellationToken);
        client.Request("air");
        _harness.Backend.Offer(1);
        var air = (await _harness.Backend.WaitForJobsAsync(2, cancellationToken))[1];
        client.Request("wait");
        plain.Socket.ClientSends("{}");
        await client.WaitForAsync("request.queued", cancellationToken, "wait");
        await _harness.SettleAsync(cancellationToken);
        var drained = _harness.Drain.DrainAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(19), cancellationToken);
        client.All("request.cancelled").Should().BeEmpty();
        await AdvanceAsync(TimeSpan.FromSeconds(1.1), cancellationToken);
        await client.WaitForAsync("request.cancelled", cancellationToken, "wait");
        await running.Abandoned.WaitAsync(cancellationToken);
        running.End(JobEndState.Cancelled);
        await client.WaitForAsync("request.cancelled", cancellationToken, "run");
        await AdvanceAsync(TimeSpan.FromSeconds(5), cancellationToken);
        await client.WaitForAsync("request.cancelled", cancellationToken, "air");
        await AdvanceAsync(TimeSpan.FromSeconds(1), cancellationToken);
        await client.Served.WaitAsync(cancellationToken);
        drained.IsCompleted.Should().BeFalse("a job may still be at the backend");
        air.Accept("late");
        await air.Abandoned.WaitAsync(cancellationToken);
        air.End(JobEndState.Cancelled);
        await PassAsync(drained, cancellationToken);

        client.All("request.cancelled").Select(static each => each.GetProperty("reason").GetString()).Should().OnlyContain(static reason => reason == "shutdown").And.HaveCount(3);
        plain.Types.Should().Equal("session.closing", "request.cancelled");
        client.Socket.SentClose.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        _harness.Totals.Cancelled.Should().Be(4);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Drain_BackendNeverConfirms_EndsWithinItsTime(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("run");
        await _harness.RunNextAsync(cancellationToken);
        var began = _harness.Time.GetUtcNow();
        var drained = _harness.Drain.DrainAsync();
        await PassAsync(drained, cancellationToken);

        (_harness.Time.GetUtcNow() - began).Should().BeLessThan(TimeSpan.FromSeconds(20 + 6 + 6 + 15 + 2));
        client.Last("request.cancelled").GetProperty("reason").GetString().Should().Be("shutdown");
        _harness.Backend.Jobs[0].End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Hurry_WhatIsLeftIsCancelledNow(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("wait");
        await client.WaitForAsync("request.queued", cancellationToken);
        var drained = _harness.Drain.DrainAsync();
        await client.WaitForAsync("session.closing", cancellationToken);
        _harness.Drain.Hurry();
        (await client.WaitForAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("shutdown");
        await PassAsync(drained, cancellationToken);
        client.Served.IsCompleted.Should().BeTrue();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Drain_DetachedSession_ItsJobsFinishOrAreCancelled(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("run");
        var job = await _harness.RunNextAsync(cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        var drained = _harness.Drain.DrainAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(14), cancellationToken);
        job.IsAbandoned.Should().BeFalse();
        await AdvanceAsync(TimeSpan.FromSeconds(2), cancellationToken);
        await job.Abandoned.WaitAsync(cancellationToken);
        job.End(JobEndState.Cancelled);
        await PassAsync(drained, cancellationToken);
        _harness.Sessions.All.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Drain_Idle_ClosesAtOnce(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        var drained = _harness.Drain.DrainAsync();
        await PassAsync(drained, cancellationToken);
        client.Types.Should().Equal("session.opened", "session.closing");
        client.Socket.SentClose.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Drain_ClientThatDoesNotRead_HoldsItUpNoLongerThanTheClose(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Socket.Hold();
        var began = _harness.Time.GetUtcNow();
        var drained = _harness.Drain.DrainAsync();
        await PassAsync(drained, cancellationToken);
        client.Socket.IsAborted.Should().BeTrue();
        (_harness.Time.GetUtcNow() - began).Should().BeLessThan(TimeSpan.FromSeconds(8));
    }

    // The clock goes on in small steps, as it does, until the drain is done.
    private async Task PassAsync(Task drained, CancellationToken cancellationToken)
    {
        while (!drained.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _harness.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private async Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        for (var passed = TimeSpan.Zero; passed < by; passed += TimeSpan.FromMilliseconds(100))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _harness.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, CancellationToken.None);
        }

        await _harness.SettleAsync(cancellationToken);
    }
}
