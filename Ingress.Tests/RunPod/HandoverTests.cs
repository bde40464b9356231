using System.Diagnostics;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Microsoft.AspNetCore.Http;

namespace Ingress.Tests.RunPod;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class HandoverTests
{
    private static IEnumerable<TestCaseData> Certainty()
    {
        yield return Row("200 with an id", Replies.Json("""{"id":"x-u1","status":"IN_QUEUE"}"""), SubmitOutcome.Accepted);
        yield return Row("200 with unknown fields", Replies.Json("""{"extra":[1],"id":"x-u1","status":"NEW_STATE"}"""), SubmitOutcome.Accepted);
        yield return Row("200 without an id", Replies.Json("""{"status":"IN_QUEUE"}"""), SubmitOutcome.Unknown);
        yield return Row("200 with an empty id", Replies.Json("""{"id":""}"""), SubmitOutcome.Unknown);
        yield return Row("200 with an id that no address can hold", Replies.Json("""{"id":".."}"""), SubmitOutcome.Unknown);
        yield return Row("200 with a numeric id", Replies.Json("""{"id":7}"""), SubmitOutcome.Unknown);
        yield return Row("200 with HTML", Replies.Html(), SubmitOutcome.Unknown);
        yield return Row("200 cut off", Replies.Truncated("""{"id":"x-"""), SubmitOutcome.Unknown);
        yield return Row("200 that is cut off but announced whole", Replies.Json("""{"id":"x","sta"""), SubmitOutcome.Unknown);
        yield return Row("reset after sending", Replies.Reset(), SubmitOutcome.Unknown);
        foreach (var (code, outcome) in new[]
        {
            (400, SubmitOutcome.Rejected), (413, SubmitOutcome.Rejected), (422, SubmitOutcome.Rejected), (409, SubmitOutcome.Rejected),
            (401, SubmitOutcome.NotTaken), (403, SubmitOutcome.NotTaken), (404, SubmitOutcome.NotTaken),
            (302, SubmitOutcome.NotTaken), (408, SubmitOutcome.NotTaken), (429, SubmitOutcome.NotTaken),
            (500, SubmitOutcome.Unknown), (502, SubmitOutcome.Unknown), (503, SubmitOutcome.Unknown), (524, SubmitOutcome.Unknown),
        })
        {
            yield return Row($"HTTP {code}", Replies.Status(code), outcome);
        }

        static TestCaseData Row(string name, RequestDelegate reply, SubmitOutcome outcome) => new TestCaseData(reply, outcome).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Certainty)), CancelAfter(20_000)]
    public async Task Submit_Answer_IsJudgedByWhatIsCertainAndNeverRepeated(
        RequestDelegate reply, SubmitOutcome outcome, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Then("run", reply));

        var slot = await rig.AcquireAsync(cancellationToken);
        var handover = slot.Submit(RunPodRig.Job());
        var result = await handover.Answer.WaitAsync(cancellationToken);
        slot.Release();

        result.Outcome.Should().Be(outcome);
        result.JobId.Should().Be(outcome is SubmitOutcome.Accepted ? "x-u1" : null);
        (result.Message is null).Should().Be(outcome is SubmitOutcome.Accepted);
        rig.Server.Count("run").Should().Be(1);
        await RunPodRig.UntilAsync(() => handover.Sent.IsCompletedSuccessfully, cancellationToken);
        if (outcome is not SubmitOutcome.Accepted)
        {
            rig.Backend.CountedSlots.Should().Be(0);
            rig.Backend.LiveSlots.Should().Be(0);
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task Submit_NothingListens_IsNotTaken(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        var slot = await rig.AcquireAsync(cancellationToken);
        await rig.Server.DisposeAsync();

        var result = await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
        slot.Release();

        result.Outcome.Should().Be(SubmitOutcome.NotTaken);
    }

    [Test, CancelAfter(20_000)]
    public async Task Submit_NoAnswerAfterSending_IsUnknownAfterItsTimeout(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("run", Replies.Hang()));

        var slot = await rig.AcquireAsync(cancellationToken);
        var handover = slot.Submit(RunPodRig.Job());
        await rig.Server.ArrivalAsync("run", cancellationToken);
        await rig.PassUntilAsync(handover.Sent, cancellationToken);
        handover.Answer.IsCompleted.Should().BeFalse("the next job follows without waiting for a round trip");
        rig.Time.Advance(TimeSpan.FromSeconds(31));

        (await handover.Answer.WaitAsync(cancellationToken)).Outcome.Should().Be(SubmitOutcome.Unknown);
    }

    [Test, CancelAfter(20_000)]
    public async Task Submit_Job_SendsInputByteForByteWithPolicyKeyAndTrace(CancellationToken cancellationToken)
    {
        const string Input = """{ "prompt" : "é\u00e9 </b>", "n":1.50e0 , "n":2}""";
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var rig = await RunPodRig.StartAsync();

        var slot = await rig.SubmitAsync(cancellationToken, RunPodRig.Job(Input, new JobPolicy(7_000, null, true), Trace));

        var call = await rig.Server.ArrivalAsync("run", cancellationToken);
        call.Body.Should().Be("{\"input\":" + Input + ""","policy":{"executionTimeout":7000,"ttl":3600000,"lowPriority":true}}""");
        call.Method.Should().Be("POST");
        call.Endpoint.Should().Be("ep1");
        call.Headers["Authorization"].Should().Be("Bearer rpa_secret");
        call.Headers["Content-Type"].Should().StartWith("application/json");
        call.Headers["traceparent"].Should().Be(Trace);
        slot.Release();
    }

    [TestCase(null, null, 600_000, 3_600_000, Description = "configuration")]
    [TestCase(60_000L, 120_000L, 60_000, 120_000, Description = "the client's")]
    [TestCase(99_999_999_999L, 99_999_999_999L, 600_000, 3_600_000, Description = "capped")]
    [TestCase(1L, 1L, 5_000, 10_000, Description = "moved into RunPod's range")]
    [TestCase(-5L, 0L, 5_000, 10_000, Description = "nonsense")]
    public void RunPolicy_From_CapsByConfigurationAndKeepsRunPodsRange(long? timeout, long? ttl, long sentTimeout, long sentTtl)
    {
        var settings = EndpointSettings.From(new RunPodOptions { EndpointId = "a", ApiKey = "b" })[0];

        var policy = Ingress.RunPod.Client.RunPolicy.From(new JobPolicy(timeout, ttl, false), settings);

        (policy.ExecutionTimeoutMs, policy.TtlMs).Should().Be((sentTimeout, sentTtl));
    }

    [TestCase(401, BackendState.Unauthorized, "RunPod:ApiKey")]
    [TestCase(403, BackendState.Unauthorized, "RunPod:ApiKey")]
    [TestCase(404, BackendState.NotFound, "RunPod:EndpointId")]
    [TestCase(301, BackendState.NotFound, "RunPod:BaseUrl")]
    [CancelAfter(20_000)]
    public async Task Submit_ConfigurationRefused_StopsForwardingUntilASampleIsGood(
        int status, BackendState state, string key, CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: server => server.Then("run", Replies.Status(status)));
        var slot = await rig.AcquireAsync(cancellationToken);
        rig.Server.Always("health", Replies.Status(status));
        await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
        slot.Release();

        rig.Backend.Snapshot.State.Should().Be(state);
        rig.Backend.Snapshot.FreeSlots.Should().Be(0);
        rig.Backend.Snapshot.Error.Should().Contain(key).And.NotContain("rpa_secret");
        var next = rig.Backend.AcquireSlotAsync(cancellationToken).AsTask();
        var before = rig.Server.Count("health");
        for (var second = 0; second < 60; second++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, cancellationToken);
        }

        next.IsCompleted.Should().BeFalse();
        (rig.Server.Count("health") - before).Should().BeInRange(2, 12, "a wrong key is not hammered");

        rig.Server.Always("health", Replies.Health(running: 1));
        (await rig.PassUntilAsync(next, cancellationToken, stepMs: 500)).Release();
        rig.Server.Count("run").Should().Be(1);
    }

    [Test, CancelAfter(20_000)]
    public async Task Submit_Redirect_IsNotFollowed(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(script: static server => server.Then("run", static context =>
        {
            context.Response.StatusCode = 307; // would repeat the job and send the key elsewhere
            context.Response.Headers.Location = "/v2/elsewhere/run";
            return Task.CompletedTask;
        }));
        var slot = await rig.AcquireAsync(cancellationToken);

        var result = await slot.Submit(RunPodRig.Job()).Answer.WaitAsync(cancellationToken);
        slot.Release();

        result.Outcome.Should().Be(SubmitOutcome.NotTaken);
        rig.Server.Count("run").Should().Be(1);
    }

    [Test, CancelAfter(20_000)]
    public async Task Submit_SentInOrder_ArrivesInOrder(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync(
            new RunPodOptions { MaxWorkers = 20 }, static server => server.Always("health", Replies.Health(running: 20)));
        var slots = new List<IJobSlot>();
        for (var i = 0; i < 20; i++)
        {
            var slot = await rig.AcquireAsync(cancellationToken);
            await rig.PassUntilAsync(slot.Submit(RunPodRig.Job($$"""{"n":{{i}}}""")).Sent, cancellationToken, stepMs: 5);
            slots.Add(slot);
        }

        var order = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            order.Add((await rig.Server.ArrivalAsync("run", cancellationToken)).Body);
        }

        order.Select(static (body, i) => body.Contains($$"""{"n":{{i}}}""")).Should().AllBeEquivalentTo(true);
        slots.ForEach(static slot => slot.Release());
    }

    [Test, CancelAfter(20_000)]
    public async Task Release_JobTurnsOutToBeAccepted_CancelsItAndFreesTheSlotThen(CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource();
        await using var rig = await RunPodRig.StartAsync(script: server => server
            .Then("run", Replies.When(answer.Task, Replies.Json("""{"id":"late","status":"IN_QUEUE"}"""))));
        var slot = await rig.AcquireAsync(cancellationToken);
        slot.Submit(RunPodRig.Job());
        await rig.Server.ArrivalAsync("run", cancellationToken);

        slot.Release();
        rig.Backend.CountedSlots.Should().Be(1, "RunPod may have the job");
        answer.SetResult();

        (await rig.Server.ArrivalAsync("cancel", cancellationToken)).JobId.Should().Be("late");
        await RunPodRig.UntilAsync(() => rig.Backend is { CountedSlots: 0, LiveSlots: 0, OpenCancels: 0 }, cancellationToken);
    }

    [Test, CancelAfter(20_000), NonParallelizable]
    public async Task Submit_SomebodyListensToHttpSpansButNoActivityStandsForTheRequest_SendsTheRequestsTrace(CancellationToken cancellationToken)
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        await using var rig = await RunPodRig.StartAsync();

        (await rig.SubmitAsync(cancellationToken, RunPodRig.Job(traceParent: Trace))).Release();

        (await rig.Server.ArrivalAsync("run", cancellationToken)).Headers["traceparent"].Should().Be(Trace);
    }

    [Test, CancelAfter(20_000)]
    public async Task Submit_ActivityStandsForTheRequest_ItsTraceGoesOn(CancellationToken cancellationToken)
    {
        await using var rig = await RunPodRig.StartAsync();
        using var activity = new Activity("ingress process").Start();

        (await rig.SubmitAsync(cancellationToken, RunPodRig.Job(traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))).Release();

        (await rig.Server.ArrivalAsync("run", cancellationToken)).Headers["traceparent"].Should().Contain(activity.TraceId.ToHexString());
    }
}
