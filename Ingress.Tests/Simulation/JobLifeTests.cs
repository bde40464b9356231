using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

/// <summary>A job's states and the fields that come with each, and what clients can do to it.</summary>
[TestFixture]
public sealed class JobLifeTests
{
    private const string Plain = """{"x":1,"simulate":{"handler":"plain","durationMs":1000}}""";
    private const string Long = """{"simulate":{"handler":"plain","durationMs":3600000}}""";

    [Test]
    public void Status_EachState_HasTheFieldsOfThatStateAndNoOther()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain);

        bench.Status(id).Names().Should().Be("id status");
        bench.Advance(2);
        bench.Status(id).Names().Should().Be("delayTime id status workerId");
        bench.Advance(1);
        var done = bench.Status(id);
        done.Names().Should().Be("delayTime executionTime id output status workerId");
        done.Int("executionTime").Should().Be(1_000);
        done.GetProperty("output").GetRawText().Should().Be(Plain);
    }

    [Test]
    public void Status_HandlerFails_HasTheError()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"prompt":"a b","simulate":{"error":"out of memory"}}""");

        bench.Advance(10);

        bench.Status(id).Names().Should().Be("delayTime error executionTime id status workerId");
        bench.Status(id).Str("error").Should().Be("out of memory");
        bench.Counts().Failed.Should().Be(1);
    }

    [TestCase("""{"simulate":{"error":"\ud800"}}""")]
    [TestCase("""{"\ud800":1,"prompt":"x"}""")]
    public void Run_TextThatIsNoText_EndsTheJobAndHarmsNoOther(string input)
    {
        using var bench = new EndpointBench();
        var odd = bench.Run(input);
        var next = bench.Run(Plain);

        bench.Advance(10);

        bench.State(odd).Should().BeOneOf("FAILED", "COMPLETED");
        bench.State(next).Should().Be("COMPLETED");
    }

    [Test]
    public void Status_ProgressUpdates_ShowAsOutputWhileTheJobRuns()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"simulate":{"handler":"plain","durationMs":3000,"progress":["a third",{"p":2}],"output":"done"}}""");

        bench.Advance(2 + 1);
        bench.Status(id).Str("output").Should().Be("a third");
        bench.Advance(1);
        bench.Status(id).GetProperty("output").GetRawText().Should().Be("""{"p":2}""");
        bench.State(id).Should().Be("IN_PROGRESS");
        bench.Advance(1);
        bench.Status(id).Str("output").Should().Be("done");
    }

    [TestCase(false, null)]
    [TestCase(true, """["a ","b"]""")]
    public void Status_StreamEnded_HasTheListOfYieldsOnlyWhereAggregated(bool aggregate, string? output)
    {
        using var bench = new EndpointBench(o => o.ReturnAggregateStream = aggregate);
        var id = bench.Run("""{"prompt":"a b"}""");

        bench.Advance(10);

        var status = bench.Status(id);
        status.Str("status").Should().Be("COMPLETED");
        (status.Has("output") ? status.GetProperty("output").GetRawText() : null).Should().Be(output);
    }

    [Test]
    public void Cancel_Queued_TakesItOutOfTheQueue()
    {
        using var bench = new EndpointBench();
        var first = bench.Run(Plain);
        var second = bench.Run(Plain);

        bench.Endpoint.Cancel(first).Text().Should().Be($$"""{"id":"{{first}}","status":"CANCELLED"}""");

        bench.Advance(2);
        bench.Status(first).Names().Should().Be("id status");
        bench.State(second).Should().Be("IN_PROGRESS", "the worker that was starting takes the next one");
        bench.Counts().InQueue.Should().Be(0);
    }

    [Test]
    public async Task Cancel_Running_IsCancelledAtOnceAndTheHandlerStops()
    {
        using var bench = new EndpointBench(o => (o.MaxWorkers, o.StopDelay) = (1, TimeSpan.FromSeconds(0.2)));
        var id = bench.Run("""{"prompt":"a b c d e f","simulate":{"chunkDelayMs":100}}""");
        var next = bench.Run(Plain);
        bench.Advance(2.2);

        bench.Endpoint.Cancel(id).Json().Str("status").Should().Be("CANCELLED");

        bench.State(next).Should().Be("IN_QUEUE", "CANCELLED does not mean that the GPU is free");
        bench.Advance(0.2);
        bench.State(next).Should().Be("IN_PROGRESS");
        bench.Advance(10);
        (await bench.StreamAsync(id)).Words().Should().Be("a b ", "what came before the cancel can still be read");
        bench.State(id).Should().Be("CANCELLED");
        bench.Job(id).ChunksMade.Should().Be(2);
    }

    [Test]
    public void Cancel_Finished_ChangesNothing()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain);
        bench.Advance(3);

        bench.Endpoint.Cancel(id).Json().Str("status").Should().Be("COMPLETED");
        bench.Endpoint.Cancel(id).Status.Should().Be(200);

        bench.State(id).Should().Be("COMPLETED");
    }

    [Test]
    public async Task RunSync_JobEndsInTime_GivesTheWholeJobWhichIsKeptForAMinute()
    {
        using var bench = new EndpointBench();
        var pending = bench.Endpoint.RunSyncAsync(EndpointBench.Request(Plain), TimeSpan.FromSeconds(90), CancellationToken.None).AsTask();

        bench.Advance(3);

        var job = (await pending).Json();
        job.Str("id").Should().StartWith("sync-").And.EndWith("-u1");
        job.Str("status").Should().Be("COMPLETED");
        bench.Advance(59);
        bench.State(job.Str("id")).Should().Be("COMPLETED");
        bench.Advance(2);
        bench.State(job.Str("id")).Should().Be("404");
    }

    [Test]
    public async Task RunSync_JobTakesLonger_GivesIdAndStateAndTheJobGoesOn()
    {
        using var bench = new EndpointBench();
        var pending = bench.Endpoint.RunSyncAsync(EndpointBench.Request(Plain), TimeSpan.FromSeconds(1), CancellationToken.None).AsTask();

        bench.Advance(1);

        var job = (await pending).Json();
        job.Names().Should().Be("id status");
        job.Str("status").Should().Be("IN_QUEUE");
        bench.Advance(2);
        bench.State(job.Str("id")).Should().Be("COMPLETED");
    }

    [Test]
    public async Task StatusSync_JobEnds_AnswersAtOnceThen()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain);
        var pending = bench.Endpoint.StatusSyncAsync(id, TimeSpan.FromSeconds(90), CancellationToken.None).AsTask();

        bench.Advance(2.9);
        pending.IsCompleted.Should().BeFalse();
        bench.Advance(0.1);

        (await pending).Json().Str("status").Should().Be("COMPLETED");
    }

    [Test]
    public async Task Retry_FailedJob_RunsItAgainUnderItsIdWithoutTheEarlierOutput()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"prompt":"a b","simulate":{"error":"no"}}""");
        bench.Advance(5);

        bench.Endpoint.Retry(id).Text().Should().Be($$"""{"id":"{{id}}","status":"IN_QUEUE"}""");

        bench.Status(id).Has("error").Should().BeFalse();
        bench.Advance(5);
        (await bench.StreamAsync(id)).Words().Should().Be("a b", "the first run's chunks are gone");
        bench.Job(id).Attempts.Should().Be(2);
    }

    [Test]
    public void Retry_AnyOtherState_IsRefused()
    {
        using var bench = new EndpointBench();
        var id = bench.Run(Plain);

        bench.Endpoint.Retry(id).Status.Should().Be(400);
        bench.Advance(5);
        bench.Endpoint.Retry(id).Status.Should().Be(400);
        bench.Endpoint.Retry("nobody-u1").Status.Should().Be(404);
    }

    [Test]
    public void PurgeQueue_QueuedAndRunningJobs_RemovesTheQueuedOnesOnly()
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 1);
        var ids = bench.RunMany(4);
        bench.Advance(2);

        bench.Endpoint.PurgeQueue().Text().Should().Be("""{"removed":3,"status":"completed"}""");

        bench.State(ids[0]).Should().Be("IN_PROGRESS");
        ids[1..].Select(bench.State).Should().AllBe("CANCELLED");
        bench.Counts().InQueue.Should().Be(0);
    }

    [Test]
    public void Jobs_OneWorker_StartInTheOrderTheyCame()
    {
        using var bench = new EndpointBench(o => (o.MaxWorkers, o.ChunkDelay) = (1, TimeSpan.Zero));
        var ids = bench.RunMany(20, """{"simulate":{"handler":"plain","durationMs":10}}""");

        bench.Advance(60);

        bench.Endpoint.Jobs().Select(job => job.Id).Should().Equal(ids);
        bench.Endpoint.Jobs().Select(job => job.History[1].At).Should().BeInAscendingOrder();
    }

    [Test]
    public void Health_Lag_ShowsTheCountsAsTheyWereThen()
    {
        using var bench = new EndpointBench(o => (o.HealthLag, o.ColdStart) = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1)));
        bench.Advance(60);
        bench.Run(Long);

        InQueue().Should().Be(0);
        bench.Advance(2.9);
        InQueue().Should().Be(0);
        bench.Advance(0.1);
        InQueue().Should().Be(1, "3 s ago the job was in the queue, though it runs by now");
        bench.Advance(1);
        InQueue().Should().Be(0);

        int InQueue() => bench.Endpoint.Health().Json().GetProperty("jobs").Int("inQueue");
    }
}
