using System.Net;
using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Simulation;

/// <summary>RunPod's worker protocol over HTTP, spoken by a double of its SDK.</summary>
[TestFixture]
public sealed class WorkerProtocolTests
{
    [Test, CancelAfter(20_000)]
    public async Task Worker_StreamsAJob_TheClientReadsItsChunksAndTheEnd(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        using var worker = new WorkerDouble(server.Running.BaseUrl, "w1");
        var taking = worker.TakeAsync(cancellationToken);
        var id = await RunOnAttachedAsync(server, taking, """{ "prompt" : "hé\u00e9" }""", cancellationToken);

        var job = (await taking)!.Value;
        job.Names().Should().Be("id input");
        job.GetProperty("input").GetRawText().Should().Be("""{ "prompt" : "hé\u00e9" }""", "the input comes byte for byte");
        (await server.GetAsync($"/v2/ep/status/{id}", cancellationToken)).Str("workerId").Should().Be("w1");
        var poll = server.GetAsync($"/v2/ep/stream/{id}?wait=10000", cancellationToken);
        (await worker.StreamAsync(id, "\"he\"", cancellationToken)).Should().Be(HttpStatusCode.OK);
        (await poll).Outputs().Should().Equal("\"he\"");
        await worker.StreamAsync(id, """{"t": 1.0}""", cancellationToken);
        await worker.DoneAsync(id, """{"output": []}""", isStream: true, cancellationToken);

        var last = await server.GetAsync($"/v2/ep/stream/{id}", cancellationToken);
        (last.Str("status"), last.Outputs().Single()).Should().Be(("COMPLETED", """{"t": 1.0}"""));
        (await server.GetAsync($"/v2/ep/status/{id}", cancellationToken)).Has("output")
            .Should().BeFalse("the SDK's empty list stands for no result");
    }

    [TestCase("""{"output": {"a": 1}}""", false, "COMPLETED", """{"a": 1}""", null)]
    [TestCase("""{"output": ["a","b"]}""", true, "COMPLETED", """["a","b"]""", null)]
    [TestCase("""{}""", false, "COMPLETED", null, null)]
    [TestCase("""{"error": "boom"}""", false, "FAILED", null, "boom")]
    [TestCase("""{"error": "boom", "output": {"left": 1}}""", false, "FAILED", """{"left": 1}""", "boom")]
    [CancelAfter(20_000)]
    public async Task JobDone_Result_EndsTheJob(
        string body, bool isStream, string state, string? output, string? error, CancellationToken cancellationToken)
    {
        await using var work = await WorkerAtWork.StartAsync(cancellationToken);

        await work.DoneAsync(body, cancellationToken, isStream);

        var status = await work.StatusAsync(cancellationToken);
        status.Str("status").Should().Be(state);
        (status.Has("output") ? status.GetProperty("output").GetRawText() : null).Should().Be(output);
        (status.Has("error") ? status.Str("error") : null).Should().Be(error);
    }

    [Test, CancelAfter(20_000)]
    public async Task JobDone_ProgressUpdate_IsNotTheEnd(CancellationToken cancellationToken)
    {
        await using var work = await WorkerAtWork.StartAsync(cancellationToken);

        await work.DoneAsync("""{"status": "IN_PROGRESS", "output": "half"}""", cancellationToken);

        var status = await work.StatusAsync(cancellationToken);
        (status.Str("status"), status.Str("output")).Should().Be(("IN_PROGRESS", "half"));
        await work.DoneAsync("""{"output": 1}""", cancellationToken);
        await work.DoneAsync("""{"status": "IN_PROGRESS", "output": "late"}""", cancellationToken);
        status = await work.StatusAsync(cancellationToken);
        (status.Str("status"), status.Int("output")).Should().Be(("COMPLETED", 1), "a late update does not bring a finished job back");
    }

    [Test, CancelAfter(20_000)]
    public async Task JobDone_ResultOverTheLimit_Is400AndTheJobStaysInProgress(CancellationToken cancellationToken)
    {
        await using var work = await WorkerAtWork.StartAsync(cancellationToken);

        var code = await work.DoneAsync($$"""{"output":"{{new string('x', PayloadLimits.Run)}}"}""", cancellationToken);

        code.Should().Be(HttpStatusCode.BadRequest);
        (await work.StatusAsync(cancellationToken)).Str("status").Should().Be("IN_PROGRESS");
    }

    [Test, CancelAfter(20_000)]
    public async Task JobStop_RunningJobCancelled_TellsTheWorkerAtOnceAndDropsWhatItStillSends(CancellationToken cancellationToken)
    {
        await using var work = await WorkerAtWork.StartAsync(cancellationToken);
        var stops = work.Worker.StopsAsync(cancellationToken);

        await work.CancelAsync(cancellationToken);

        (await stops)!.Value.GetRawText().Should().Be($$"""{"jobsToStop":["{{work.JobId}}"]}""");
        (await work.StreamAsync("1", cancellationToken)).Should().Be(HttpStatusCode.OK);
        (await work.DoneAsync("""{"output": 1}""", cancellationToken)).Should().Be(HttpStatusCode.OK);
        var stream = await work.Server.GetAsync($"/v2/ep/stream/{work.JobId}", cancellationToken);
        (stream.Str("status"), stream.Words()).Should().Be(("CANCELLED", ""));
    }

    [Test, CancelAfter(20_000)]
    public async Task JobStop_PollIsOpen_IsAnsweredByTheCancel(CancellationToken cancellationToken)
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 0);
        var id = bench.Run();
        await bench.Endpoint.TakeAsync("w1", 1, cancellationToken);
        var poll = bench.Endpoint.StopsAsync("w1", cancellationToken).AsTask();
        poll.IsCompleted.Should().BeFalse();

        bench.Endpoint.Cancel(id);

        (await poll.WaitAsync(cancellationToken)).Should().Equal(id);
    }

    [Test, CancelAfter(20_000)]
    public async Task JobStop_CancelledBeforeThePoll_IsToldByTheNextOneOnce(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var work = await WorkerAtWork.StartAsync(
            cancellationToken, configure: o => o.WorkerLostAfter = TimeSpan.FromDays(1), time: time);
        await work.CancelAsync(cancellationToken);

        (await work.Worker.StopsAsync(cancellationToken))!.Value.GetProperty("jobsToStop").GetArrayLength().Should().Be(1);
        var idle = work.Worker.StopsAsync(cancellationToken);
        while (!idle.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1)); // in steps: the poll begins a moment after its call is counted
            await Task.Yield();
        }

        (await idle).Should().BeNull("a poll that has nothing to tell ends with 204");
    }

    [Test, CancelAfter(20_000)]
    public async Task JobTake_NoJob_Is204AfterAWhile(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var server = await SimulatorServer.StartAsync(time: time);
        using var worker = new WorkerDouble(server.Running.BaseUrl, "w1");
        var taking = worker.TakeAsync(cancellationToken);
        await OpenAsync(server, SimulatedOperation.JobTake, 1, cancellationToken);

        time.Advance(TimeSpan.FromSeconds(60));

        (await taking).Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task JobTakeBatch_SeveralJobs_GivesAsManyAsAskedInOrder(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => o.MaxWorkers = 0);
        using var worker = new WorkerDouble(server.Running.BaseUrl, "w1");
        string[] ids =
        [
            await server.RunAsync("{}", cancellationToken),
            await server.RunAsync("{}", cancellationToken),
            await server.RunAsync("{}", cancellationToken),
        ];

        var first = (await worker.TakeBatchAsync(2, cancellationToken))!.Value;
        var second = (await worker.TakeBatchAsync(2, cancellationToken))!.Value;

        first.EnumerateArray().Concat(second.EnumerateArray()).Select(job => job.Str("id")).Should().Equal(ids);
        var health = await server.GetAsync("/v2/ep/health", cancellationToken);
        (health.GetProperty("jobs").Int("inProgress"), health.GetProperty("workers").Int("running")).Should().Be((3, 1));
    }

    [Test, CancelAfter(20_000)]
    public async Task FirstCall_OfAWorker_SendsTheBuiltInHandlerAside(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => o.MinWorkers = 3);
        using var worker = new WorkerDouble(server.Running.BaseUrl, "w1");
        (await server.ReadStreamAsync(await server.RunAsync(cancellationToken: cancellationToken), cancellationToken)).State.Should().Be("COMPLETED");

        await worker.PingAsync("", cancellationToken);

        var id = await server.RunAsync(cancellationToken: cancellationToken);
        (await server.GetAsync($"/v2/ep/status/{id}", cancellationToken)).Str("status").Should().Be("IN_QUEUE");
        (await server.GetAsync("/v2/ep/health", cancellationToken)).GetProperty("workers").Int("running").Should().Be(1);
        (await worker.TakeAsync(cancellationToken))!.Value.Str("id").Should().Be(id);
    }

    [Test, CancelAfter(20_000)]
    public async Task Worker_FallsSilent_IsRemovedAndItsJobGoesToAnother(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var work = await WorkerAtWork.StartAsync(cancellationToken, "lost", time: time);
        using var other = new WorkerDouble(work.Server.Running.BaseUrl, "other");

        time.Advance(TimeSpan.FromSeconds(20));
        await work.Worker.PingAsync(work.JobId, cancellationToken);
        time.Advance(TimeSpan.FromSeconds(29));
        (await work.StatusAsync(cancellationToken)).Str("workerId").Should().Be("lost", "a ping keeps it");
        time.Advance(TimeSpan.FromSeconds(2));

        (await work.StatusAsync(cancellationToken)).Str("status").Should().Be("IN_QUEUE");
        (await other.TakeAsync(cancellationToken))!.Value.Str("id").Should().Be(work.JobId);
        await work.DoneAsync("""{"output": "late"}""", cancellationToken);
        var status = await work.StatusAsync(cancellationToken);
        (status.Str("status"), status.Str("workerId"), status.Int("retries")).Should().Be(("IN_PROGRESS", "other", 1));
    }

    [Test, CancelAfter(20_000)]
    public async Task Worker_HoldsAPollOpen_IsNotLost(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var server = await SimulatorServer.StartAsync(time: time);
        using var worker = new WorkerDouble(server.Running.BaseUrl, "w1");
        var taking = worker.TakeAsync(cancellationToken);
        await OpenAsync(server, SimulatedOperation.JobTake, 1, cancellationToken);

        time.Advance(TimeSpan.FromSeconds(59));

        (await server.GetAsync("/v2/ep/health", cancellationToken)).GetProperty("workers").Int("running").Should().Be(1);
        taking.IsCompleted.Should().BeFalse();
    }

    [Test, CancelAfter(20_000)]
    public async Task JobTake_WorkerHangsUp_LeavesTheJobToTheNext(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        using var first = new WorkerDouble(server.Running.BaseUrl, "first");
        using var second = new WorkerDouble(server.Running.BaseUrl, "second");
        using var hangUp = new CancellationTokenSource();
        var taking = first.TakeAsync(hangUp.Token);
        await OpenAsync(server, SimulatedOperation.JobTake, 1, cancellationToken);

        await hangUp.CancelAsync();
        await OpenAsync(server, SimulatedOperation.JobTake, 0, cancellationToken);
        var id = await server.RunAsync(cancellationToken: cancellationToken);

        (await second.TakeAsync(cancellationToken))!.Value.Str("id").Should().Be(id);
        server.Engine.Jobs().Single().Retries.Should().Be(0);
        await taking.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    [Test, CancelAfter(20_000)]
    public async Task JobDone_StopPod_DetachesTheWorker(CancellationToken cancellationToken)
    {
        await using var work = await WorkerAtWork.StartAsync(cancellationToken);

        await work.DoneAsync("""{"output": 1, "stopPod": true}""", cancellationToken);

        (await work.StatusAsync(cancellationToken)).Str("status").Should().Be("COMPLETED");
        (await work.Server.GetAsync("/v2/ep/health", cancellationToken)).GetProperty("workers").Int("running").Should().Be(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task JobStream_NoJson_Is400(CancellationToken cancellationToken)
    {
        await using var work = await WorkerAtWork.StartAsync(cancellationToken);

        (await work.StreamAsync("output=1", cancellationToken)).Should().Be(HttpStatusCode.BadRequest);
    }

    // The job is sent once the worker waits; before that the built-in handler would take it.
    private static async Task<string> RunOnAttachedAsync(SimulatorServer server, Task taking, string input, CancellationToken cancellationToken)
    {
        await OpenAsync(server, SimulatedOperation.JobTake, 1, cancellationToken);
        var id = await server.RunAsync(input, cancellationToken);
        await taking.WaitAsync(cancellationToken);
        return id;
    }

    private static async Task OpenAsync(SimulatorServer server, SimulatedOperation operation, int count, CancellationToken cancellationToken)
    {
        while (server.Engine.Endpoint("ep").Stats().Of(operation).Open != count || server.Engine.Endpoint("ep").Attached == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
