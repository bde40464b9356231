using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Telemetry;
using Ingress.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Ingress.Tests.Pipeline;

/// <summary>What happens between the queue and an accepted job.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HandoverTests
{
    [Test]
    [CancelAfter(20_000)]
    public async Task NotTaken_BackInItsPlaceBeforeItsSlotIsFree(CancellationToken cancellationToken)
    {
        // With one slot, whoever finds it free must find the returned request too, or a younger one would overtake it.
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a", """{"n":1}""");
        client.Request("b", """{"n":2}""");
        await harness.SettleAsync(cancellationToken);
        harness.Backend.Offer(1);
        var job = (await harness.Backend.WaitForJobsAsync(1, cancellationToken))[0];
        var waiting = 0;
        job.Releasing = () => waiting = harness.Queue.Waiting;
        job.Answer(SubmitOutcome.NotTaken);
        await harness.SettleAsync(cancellationToken);

        waiting.Should().Be(2);
        (await harness.RunNextAsync(cancellationToken)).Input.Should().Be("""{"n":1}""");
        (await harness.RunNextAsync(cancellationToken)).Input.Should().Be("""{"n":2}""");
        client.TypesOf("a").Should().Equal("request.queued", "request.dispatched");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task NotTaken_PlaceIsKept_NobodyElseGetsIt(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:Capacity"] = "1" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        await harness.SettleAsync(cancellationToken);
        harness.Backend.Offer(1);
        var job = (await harness.Backend.WaitForJobsAsync(1, cancellationToken))[0];
        client.Request("b");
        await client.WaitForAsync("request.rejected", cancellationToken, "b");
        job.Answer(SubmitOutcome.NotTaken);
        await harness.SettleAsync(cancellationToken);

        harness.Queue.Length.Should().Be(1);
        await harness.RunNextAsync(cancellationToken);
        client.Request("c");
        await client.WaitForAsync("request.queued", cancellationToken, "c");
        harness.Audit.Count().Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SeveralSlots_FilledAtOnceInOrder(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 5; i++)
        {
            client.Request($"r{i}", $$"""{"n":{{i}}}""");
        }

        harness.Backend.Offer(3);
        var jobs = await harness.Backend.WaitForJobsAsync(3, cancellationToken);
        await harness.SettleAsync(cancellationToken);

        harness.Backend.Jobs.Select(static job => job.Input).Should().Equal("""{"n":0}""", """{"n":1}""", """{"n":2}""");
        jobs.Should().OnlyContain(static job => !job.IsAnswered, "none waited for the answer to another");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SubmitThrows_RequestEndsAndTheRestGoesOn(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        client.Request("b");
        await harness.SettleAsync(cancellationToken);
        harness.Backend.SubmitFault = new InvalidOperationException("A bug.");
        harness.Backend.Offer(1);
        var failed = await client.WaitForAsync("request.failed", cancellationToken, "a");
        harness.Backend.SubmitFault = null;
        harness.Backend.Offer(1);
        await PipelineHarness.UntilAsync(
            () =>
            {
                // The dispatcher pauses after a fault; in steps, since the clock may be moved before its timer has been made.
                harness.Time.Advance(TimeSpan.FromSeconds(1));
                return harness.Backend.Jobs.Count == 1;
            },
            cancellationToken);
        var job = harness.Backend.Jobs[0];
        job.Accept("j");
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "b");
        await harness.SettleAsync(cancellationToken);

        failed.GetProperty("error").GetProperty("code").GetString().Should().Be("dispatch_unknown");
        harness.Backend.Held.Should().Be(0, "the slot was given back");
        harness.Audit.Count().Should().Be(0);
        harness.Logs.GetSnapshot().Should().ContainSingle(static log => log.Id.Name == "DispatcherFault");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TraceParent_OfTheClient_IsContinued(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a", rest: ",\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"");
        client.Request("b", rest: ",\"traceparent\":\"nonsense\"");
        await client.WaitForAsync("request.queued", cancellationToken, "b");
        var first = await harness.RunNextAsync(cancellationToken);
        var second = await harness.RunNextAsync(cancellationToken);

        client.EventsOf("a").First().GetProperty("traceId").GetString().Should().Be("0af7651916cd43dd8448eb211c80319c");
        first.Submission!.TraceParent.Should().MatchRegex("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$");
        var own = client.EventsOf("b").First().GetProperty("traceId").GetString();
        own.Should().MatchRegex("^[0-9a-f]{32}$").And.NotBe(new string('0', 32));
        second.Submission!.TraceParent.Should().StartWith($"00-{own}-");
    }

    [Test]
    [NonParallelizable]
    [CancelAfter(20_000)]
    public async Task NotTaken_TakenAgainAtOnce_TheSecondSpanIsNotStoppedByTheFirst(CancellationToken cancellationToken)
    {
        var stopped = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == IngressTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (stopped)
                {
                    stopped.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("span-test");
        await harness.SettleAsync(cancellationToken);
        harness.Backend.Offer(1);
        var first = (await harness.Backend.WaitForJobsAsync(1, cancellationToken))[0];

        // The slot's return is the moment at which the request is in the queue again and its first runner not yet done.
        first.Releasing = () =>
        {
            harness.Backend.Offer(1);
            SpinWait.SpinUntil(() => harness.Backend.Jobs.Count == 2, TimeSpan.FromSeconds(5));
        };
        first.Answer(SubmitOutcome.NotTaken);
        var second = (await harness.Backend.WaitForJobsAsync(2, cancellationToken))[1];
        await PipelineHarness.UntilAsync(() => first.IsReleased && harness.Runner.Running == 1, cancellationToken);
        List<Activity> Ended()
        {
            lock (stopped)
            {
                return [.. stopped.Where(static each => each.OperationName == "ingress process" && (string?)each.GetTagItem("ingress.request.id") == "span-test")];
            }
        }

        Ended().Should().HaveCount(1, "the second hand-over is still under way");
        second.Accept("j");
        await second.Followed;
        second.End(JobEndState.Completed);
        await PipelineHarness.UntilAsync(() => harness.Runner.Running == 0, cancellationToken);
        Ended().Should().HaveCount(2).And.ContainSingle(static each => (string?)each.GetTagItem("ingress.outcome") == "completed");
    }

    [TestCase(5, 2, 2, Description = "the slot came last")]
    [TestCase(1, 60, 1, Description = "the request came last")]
    [TestCase(7, 0, 0, Description = "it was taken at once")]
    [CancelAfter(20_000)]
    public async Task IdleCapacityWait_IsForHowLongRequestAndSlotWereBothThere(int waited, int free, int expected, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        using var measured = new MetricCollector<double>(
            harness.Services.GetRequiredService<IMeterFactory>(), "Ingress", "ingress.idle_capacity.wait.duration");
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        await client.WaitForAsync("request.queued", cancellationToken);
        harness.Advance(TimeSpan.FromSeconds(waited));
        harness.Backend.FreeFor = TimeSpan.FromSeconds(free);

        await harness.RunNextAsync(cancellationToken);

        measured.LastMeasurement!.Value.Should().Be(expected);
    }
}
