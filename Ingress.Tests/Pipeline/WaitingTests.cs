using System.Text.Json;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Queueing;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>What clients and operators are told while requests wait, and how waits end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WaitingTests
{
    private readonly PipelineHarness _harness = new(new() { ["Queue:MaxWait"] = "00:00:30" });

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    [Test]
    [CancelAfter(20_000)]
    public async Task Position_Moved_ToldAtMostOnceASecondAndOnlyOnChange(CancellationToken cancellationToken)
    {
        _harness.Advance(TimeSpan.FromSeconds(1));
        var client = await _harness.OpenAsync(cancellationToken);
        foreach (var id in new[] { "a", "b", "c", "d" })
        {
            client.Request(id);
        }

        await client.WaitForAsync("request.queued", cancellationToken, "d");
        client.All("request.queued").Select(static each => (each.GetProperty("position").GetInt32(), each.GetProperty("queueLength").GetInt32(), each.GetProperty("waitReason").GetString()))
            .Should().Equal((1, 1, "workers_busy"), (2, 2, "behind_others"), (3, 3, "behind_others"), (4, 4, "behind_others"));
        await AdvanceAsync(5, cancellationToken);
        client.All("request.position").Should().BeEmpty("nothing has changed");

        client.Cancel("a");
        client.Cancel("b");
        await client.WaitForAsync("request.cancelled", cancellationToken, "b");
        _harness.Advance(TimeSpan.FromMilliseconds(400));
        client.All("request.position").Should().BeEmpty("not more often than once a second");
        await AdvanceAsync(3, cancellationToken);
        client.All("request.position").Select(static each => (each.GetProperty("id").GetString(), each.GetProperty("position").GetInt32(), each.GetProperty("queueLength").GetInt32(), each.GetProperty("waitReason").GetString()))
            .Should().Equal(("c", 1, 2, "workers_busy"), ("d", 2, 2, "behind_others"));
        client.All("request.position")[0].TryGetProperty("traceId", out _).Should().BeFalse();
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task WaitReason_Changes_ToldToTheHeadOnly(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        client.Request("b");
        await client.WaitForAsync("request.queued", cancellationToken, "b");
        var told = new List<string?>();
        foreach (var reason in Enum.GetValues<WaitReason>().Skip(1))
        {
            _harness.Backend.Reason = reason;
            await AdvanceAsync(1, cancellationToken);
            told.Add(client.Last("request.position").GetProperty("waitReason").GetString());
        }

        told.Should().Equal("workers_starting", "workers_busy", "workers_throttled", "workers_unhealthy", "backend_unavailable");
        client.All("request.position").Should().OnlyContain(static each => each.GetProperty("id").GetString() == "a");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Position_MovedWhileTheSessionWasDetached_ToldAfterTheResume(CancellationToken cancellationToken)
    {
        var other = await _harness.OpenAsync(cancellationToken);
        other.Request("first");
        await other.WaitForAsync("request.queued", cancellationToken);
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        other.Cancel("first");
        await other.WaitForAsync("request.cancelled", cancellationToken);
        await AdvanceAsync(3, cancellationToken);
        var resumed = _harness.Resume(client, 2);
        await resumed.WaitForAsync("session.resumed", cancellationToken);
        await AdvanceAsync(2, cancellationToken);

        resumed.All("request.position").Should().ContainSingle().Which.GetProperty("position").GetInt32().Should().Be(1);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Estimate_FromExperience_LikelyAndCautious(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 6; i++)
        {
            client.Request($"r{i}");
        }

        await client.WaitForAsync("request.queued", cancellationToken, "r5");
        foreach (var seconds in new[] { 2, 2, 2, 6 })
        {
            _harness.Advance(TimeSpan.FromSeconds(seconds));
            await _harness.RunNextAsync(cancellationToken);
        }

        client.Request("last");
        var queued = await client.WaitForAsync("request.queued", cancellationToken, "last");
        queued.GetProperty("position").GetInt32().Should().Be(3);
        queued.GetProperty("estimatedWaitMs").GetInt64().Should().Be(9000, "three departures of 3 s each");
        queued.GetProperty("estimatedWaitHighMs").GetInt64().Should().BeInRange(9001, 18_000);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Estimate_AfterALongIdleTime_CountsFromWhenTheHeadCame(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 4; i++)
        {
            client.Request($"r{i}");
        }

        await client.WaitForAsync("request.queued", cancellationToken, "r3");
        for (var i = 0; i < 4; i++)
        {
            _harness.Advance(TimeSpan.FromSeconds(4));
            (await _harness.RunNextAsync(cancellationToken)).End(JobEndState.Completed);
        }

        // Nobody waited for an hour: that hour is no part of anybody's wait.
        await client.WaitForAsync("request.completed", cancellationToken, "r3");
        _harness.Advance(TimeSpan.FromHours(1));
        client.Request("late");
        var queued = await client.WaitForAsync("request.queued", cancellationToken, "late");
        queued.GetProperty("estimatedWaitMs").GetInt64().Should().Be(4000);
        client.Request("later");
        (await client.WaitForAsync("request.queued", cancellationToken, "later")).GetProperty("estimatedWaitMs").GetInt64().Should().Be(8000);
        _harness.Advance(TimeSpan.FromSeconds(3));
        client.Request("latest");
        (await client.WaitForAsync("request.queued", cancellationToken, "latest")).GetProperty("estimatedWaitMs").GetInt64().Should().Be(9000);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task MaxWait_Over_ExpiresWhatWaitsAndNothingElse(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("runs");
        var job = await _harness.RunNextAsync(cancellationToken);
        client.Request("long", rest: ",\"maxWaitMs\":999999999999");
        client.Request("short", rest: ",\"maxWaitMs\":5000");
        client.Request("none", rest: ",\"maxWaitMs\":0");
        await client.WaitForAsync("request.queued", cancellationToken, "none");
        _harness.Advance(TimeSpan.FromMilliseconds(4999));
        await _harness.SettleAsync(cancellationToken);
        client.All("request.cancelled").Select(static each => each.GetProperty("id").GetString()).Should().Equal("none");
        _harness.Advance(TimeSpan.FromMilliseconds(1));
        (await client.WaitForAsync("request.cancelled", cancellationToken, "short")).GetProperty("reason").GetString().Should().Be("expired");
        _harness.Advance(TimeSpan.FromSeconds(25));
        await client.WaitForAsync("request.cancelled", cancellationToken, "long");
        await _harness.SettleAsync(cancellationToken);

        client.TypesOf("runs").Should().NotContain("request.cancelled");
        job.IsAbandoned.Should().BeFalse();
        _harness.Totals.Expired.Should().Be(3);
        _harness.Queue.Length.Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Sweep_SaysWhenItIsNeededNext_InTimeForTheNextWaitThatRunsOut(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        After(0).Should().Be(0.25, "nobody waits");
        client.Request("a", rest: ",\"maxWaitMs\":1000");
        await client.WaitForAsync("request.queued", cancellationToken);

        After(0.5).Should().Be(0.25);
        After(0.35).Should().BeApproximately(0.15, 0.0001);
        After(0.1).Should().Be(0.1, "it is never called more often");
        After(0.05).Should().Be(0.25);
        await client.WaitForAsync("request.cancelled", cancellationToken, "a");
    }

    [Test]
    public void Sweep_ManyConnections_ComesMoreOftenForLessAtATime()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _harness.Handler.TryReserve().Should().BeTrue();
        }

        After(0).Should().Be(0.25);
        _harness.Handler.TryReserve().Should().BeTrue();
        After(0).Should().Be(0.1);

        for (var i = 0; i <= 1_000; i++)
        {
            _harness.Handler.Release();
        }
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task MaxWait_OverWhileHandedOver_ExpiresWhenItComesBack(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a", rest: ",\"maxWaitMs\":1000");
        await _harness.SettleAsync(cancellationToken);
        _harness.Backend.Offer(1);
        var job = (await _harness.Backend.WaitForJobsAsync(1, cancellationToken))[0];
        _harness.Advance(TimeSpan.FromSeconds(2));
        client.TypesOf("a").Should().NotContain("request.cancelled");
        job.Answer(SubmitOutcome.NotTaken);
        await _harness.SettleAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromMilliseconds(100));

        (await client.WaitForAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("expired");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task LogLine_OnChange_AtMostOncePerInterval(CancellationToken cancellationToken)
    {
        List<string> Lines() => [.. _harness.Logs.GetSnapshot().Where(static log => log.Id.Name == "QueueLength").Select(static log => log.Message)];
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        client.Request("b");
        client.Request("c");
        await client.WaitForAsync("request.queued", cancellationToken, "c");
        Lines().Should().Equal("Number of requests in the queue: 1");
        _harness.Advance(TimeSpan.FromMilliseconds(999));
        Lines().Should().HaveCount(1);
        _harness.Advance(TimeSpan.FromMilliseconds(1));
        Lines().Should().Equal("Number of requests in the queue: 1", "Number of requests in the queue: 3");
        await AdvanceAsync(5, cancellationToken);
        Lines().Should().HaveCount(2, "nothing has changed");
        client.Socket.ClientCloses();
        await client.Served.WaitAsync(cancellationToken);
        await AdvanceAsync(3, cancellationToken);
        Lines().Last().Should().Be("Number of requests in the queue: 0");
        Lines().Count.Should().BeInRange(3, 4);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task LogLine_InBusyTimes_WrittenByTheHousekeepingNotByARequest(CancellationToken cancellationToken)
    {
        int Lines() => _harness.Logs.GetSnapshot().Count(static log => log.Id.Name == "QueueLength");
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken, "a");
        Lines().Should().Be(1, "after a rest it is written at once");

        _harness.Time.Advance(TimeSpan.FromSeconds(1.2));
        client.Request("b");
        await client.WaitForAsync("request.queued", cancellationToken, "b");
        await _harness.SettleAsync(cancellationToken);
        Lines().Should().Be(1);
        _harness.Housekeeping.Sweep();
        Lines().Should().Be(2);

        _harness.Time.Advance(TimeSpan.FromSeconds(1.6));
        client.Request("c");
        await client.WaitForAsync("request.queued", cancellationToken, "c");
        Lines().Should().Be(3);
    }

    private async Task AdvanceAsync(int seconds, CancellationToken cancellationToken)
    {
        for (var i = 0; i < seconds * 10; i++)
        {
            _harness.Advance(TimeSpan.FromMilliseconds(100));
        }

        await _harness.SettleAsync(cancellationToken);
    }

    [TestCase(BackendState.Busy, "expired", true)]
    [TestCase(BackendState.Unavailable, "backend_unavailable", true)]
    [TestCase(BackendState.Unauthorized, "backend_unauthorized", false)]
    [TestCase(BackendState.NotFound, "backend_unauthorized", false)]
    [CancelAfter(20_000)]
    public async Task Expiry_BackendInAState_SaysWhyItWaited(
        BackendState state, string code, bool retryable, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:MaxWait"] = "00:00:05" });
        harness.Backend.State = state;
        var client = harness.Connect();
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);

        harness.Advance(TimeSpan.FromSeconds(6));

        var error = (await client.WaitForAsync("request.cancelled", cancellationToken)).GetProperty("error");
        error.GetProperty("code").GetString().Should().Be(code);
        error.GetProperty("retryable").GetBoolean().Should().Be(retryable);
    }

    private double After(double seconds)
    {
        _harness.Time.Advance(TimeSpan.FromSeconds(seconds));
        return _harness.Housekeeping.Sweep().TotalSeconds;
    }
}
