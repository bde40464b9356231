using System.Text.Json;
using Ingress.Pipeline.Forwarding;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Which event tells which end of a job.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class JobEndTests
{
    [TestCase(JobEndState.Failed, "out of memory", "job_failed", "out of memory", false)]
    [TestCase(JobEndState.Failed, null, "job_failed", null, false)]
    [TestCase(JobEndState.TimedOut, null, "job_timed_out", null, true)]
    [TestCase(JobEndState.Lost, null, "job_lost", null, true)]
    [CancelAfter(20_000)]
    public async Task JobEnds_Badly_RequestFailsWithTheCode(
        JobEndState state, string? error, string code, string? message, bool retryable, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        (await harness.RunNextAsync(cancellationToken)).End(state, error: error);
        var failed = (await client.WaitForAsync("request.failed", cancellationToken)).GetProperty("error");
        await harness.SettleAsync(cancellationToken);

        failed.GetProperty("code").GetString().Should().Be(code);
        failed.GetProperty("retryable").GetBoolean().Should().Be(retryable);
        failed.GetProperty("message").GetString().Should().NotBeNullOrEmpty();
        if (message is not null)
        {
            failed.GetProperty("message").GetString().Should().Be(message);
        }

        AtRest(harness, client);
        harness.Totals.Failed.Should().Be(1);
    }

    [TestCase(SubmitOutcome.Rejected, "payload_rejected")]
    [TestCase(SubmitOutcome.Unknown, "dispatch_unknown")]
    [CancelAfter(20_000)]
    public async Task HandOver_Fails_RequestFailsWithTheCode(SubmitOutcome outcome, string code, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        harness.Backend.Offer(1);
        (await harness.Backend.WaitForJobsAsync(1, cancellationToken))[0].Answer(outcome);
        var failed = (await client.WaitForAsync("request.failed", cancellationToken)).GetProperty("error");
        await harness.SettleAsync(cancellationToken);

        failed.GetProperty("code").GetString().Should().Be(code);
        failed.GetProperty("retryable").GetBoolean().Should().BeFalse();
        client.Types.Should().Equal("session.opened", "request.queued", "request.failed");
        AtRest(harness, client);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task JobCancelled_BySomebodyElse_ReasonBackend(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        (await harness.RunNextAsync(cancellationToken)).End(JobEndState.Cancelled);
        var cancelled = await client.WaitForAsync("request.cancelled", cancellationToken);
        await harness.SettleAsync(cancellationToken);

        cancelled.GetProperty("reason").GetString().Should().Be("backend");
        AtRest(harness, client);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task JobCompletes_EveryTimeIsTold(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        await harness.SettleAsync(cancellationToken);
        harness.Advance(TimeSpan.FromMilliseconds(700));
        var job = await harness.RunNextAsync(cancellationToken);
        job.Start("w7");
        harness.Time.Advance(TimeSpan.FromMilliseconds(200));
        job.Yield("1");
        job.Yield("""{ "x" : 2 }""");
        harness.Time.Advance(TimeSpan.FromMilliseconds(100));
        job.End(new JobEnd(JobEndState.Completed) { Output = "[1, 2 ]"u8.ToArray(), DelayMs = 40, ExecutionMs = 260 });
        var completed = await client.WaitForAsync("request.completed", cancellationToken);
        await harness.SettleAsync(cancellationToken);

        client.Last("request.dispatched").GetProperty("waitedMs").GetInt64().Should().Be(700);
        client.Last("request.dispatched").GetProperty("jobId").GetString().Should().Be("job-1");
        client.Last("request.started").GetProperty("workerId").GetString().Should().Be("w7");
        client.All("request.output").Select(static each => each.GetProperty("index").GetInt64()).Should().Equal(0, 1);
        client.All("request.output").Select(static each => each.GetProperty("output").GetRawText()).Should().Equal("1", """{ "x" : 2 }""");
        completed.GetProperty("output").GetRawText().Should().Be("[1, 2 ]");
        (string Name, long Value)[] times = [("waitedMs", 700), ("delayMs", 40), ("firstOutputMs", 900), ("executionMs", 260), ("totalMs", 1000)];
        foreach (var (name, value) in times)
        {
            completed.GetProperty(name).GetInt64().Should().Be(value, name);
        }

        AtRest(harness, client);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task JobStartsAgain_ToldWithItsAttempt(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await harness.RunNextAsync(cancellationToken);
        job.Start();
        job.Yield("1");
        job.Start("w2", attempt: 2);
        job.Yield("1");
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken);

        client.All("request.started").Select(static each => each.TryGetProperty("attempt", out var attempt) ? attempt.GetInt32() : 1)
            .Should().Equal(1, 2);
        client.All("request.output").Select(static each => each.GetProperty("index").GetInt64()).Should().Equal(0, 1);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Policy_OfTheClient_ReachesTheBackend(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a", rest: ",\"policy\":{\"executionTimeout\":60000,\"ttl\":90000,\"lowPriority\":true}");
        var job = await harness.RunNextAsync(cancellationToken);

        job.Submission!.Policy.Should().Be(new JobPolicy(60000, 90000, true));
    }

    private static void AtRest(PipelineHarness harness, HarnessClient client)
    {
        harness.Audit.Count().Should().Be(0);
        harness.Queue.Length.Should().Be(0);
        harness.Backend.Held.Should().Be(0);
        harness.Sessions.All.Single().Pending.Should().Be(0);
        client.Events.Select(static each => each.GetProperty("seq").GetInt64()).Should().Equal(Enumerable.Range(1, client.Events.Count).Select(static i => (long)i));
        client.Events.Where(static each => each.TryGetProperty("id", out _)).Select(static each => each.GetProperty("id").ValueKind)
            .Should().OnlyContain(static kind => kind == JsonValueKind.String);
    }
}
