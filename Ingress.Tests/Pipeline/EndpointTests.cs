using Ingress.Pipeline.Forwarding;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Several endpoints side by side, and what an operator does with them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EndpointTests
{
    private readonly PipelineHarness _harness = new(new() { ["Queue:Capacity"] = "3" }, "default", "large");

    [TearDown]
    public async Task StopAsync() => await _harness.DisposeAsync();

    private FakeBackend Large => _harness.Backends[1];

    [Test]
    [CancelAfter(20_000)]
    public async Task Endpoint_Stuck_DelaysNobodyElse(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 4; i++)
        {
            client.Request($"d{i}");
        }

        client.Request("l", """{"n":1}""", ",\"endpoint\":\"large\"");
        var queued = await client.WaitForAsync("request.queued", cancellationToken, "l");
        var job = await _harness.RunNextAsync(cancellationToken, Large);
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "l");

        job.Input.Should().Be("""{"n":1}""");
        queued.GetProperty("position").GetInt32().Should().Be(1, "each endpoint has a queue of its own");
        (await client.WaitForAsync("request.rejected", cancellationToken)).GetProperty("id").GetString().Should().Be("d3");
        _harness.Queue.Length.Should().Be(3);
        _harness.Backend.Jobs.Should().BeEmpty();
    }

    [TestCase("LARGE", 1)]
    [TestCase("default", 0)]
    [CancelAfter(20_000)]
    public async Task Endpoint_Named_GetsTheRequest(string name, int lane, CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a", rest: $",\"endpoint\":\"{name}\"");
        await client.WaitForAsync("request.queued", cancellationToken);

        _harness.Lanes.All[lane].Queue.Length.Should().Be(1);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Pause_StopsOneEndpointUntilItGoesOn(CancellationToken cancellationToken)
    {
        _harness.Operations.SetPaused("no", true).Should().BeFalse();
        _harness.Operations.SetPaused("default", true).Should().BeTrue();
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        client.Request("b");
        client.Request("l", rest: ",\"endpoint\":\"large\"");
        _harness.Backend.Offer(2);
        (await _harness.RunNextAsync(cancellationToken, Large)).End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "l");
        await _harness.SettleAsync(cancellationToken);
        _harness.Backend.Jobs.Should().BeEmpty();
        _harness.Operations.Status().Lanes.Select(static lane => lane.IsPaused).Should().Equal(true, false);

        _harness.Operations.SetPaused(null, false).Should().BeTrue();
        await _harness.Backend.WaitForJobsAsync(1, cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Pause_WhileWaitingForRoom_TheSlotGoesBackAndNothingIsSent(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        await _harness.SettleAsync(cancellationToken);
        _harness.Backend.IsAwaited.Should().BeTrue();
        _harness.Operations.SetPaused(null, true);
        _harness.Backend.Offer(1);
        await PipelineHarness.UntilAsync(() => _harness.Backend.Held == 0, cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        _harness.Backend.Jobs.Should().BeEmpty();
        _harness.Operations.SetPaused(null, false);

        (await _harness.RunNextAsync(cancellationToken)).End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "a");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task OperatorCancels_QueuedAndRunning_ClientIsTold(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("run");
        client.Request("wait");
        var job = await _harness.RunNextAsync(cancellationToken);
        await client.WaitForAsync("request.queued", cancellationToken, "wait");
        var session = Guid.Parse(client.Greeting.GetProperty("sessionId").GetString()!);
        _harness.Operations.Requests(10).Select(static each => (each.Id, each.State, each.Position, each.JobId))
            .Should().Equal(("run", "running", null, "job-1"), ("wait", "queued", 1, null));
        _harness.Operations.Requests(1).Should().HaveCount(1);

        _harness.Operations.Cancel(session, "no").Should().BeFalse();
        _harness.Operations.Cancel(Guid.NewGuid(), "run").Should().BeFalse();
        _harness.Operations.Cancel(session, "wait").Should().BeTrue();
        _harness.Operations.Cancel(session, "run").Should().BeTrue();
        await job.Abandoned.WaitAsync(cancellationToken);
        job.End(JobEndState.Cancelled);
        await client.WaitForAsync("request.cancelled", cancellationToken, "run");
        await client.WaitForAsync("request.cancelled", cancellationToken, "wait");
        await _harness.SettleAsync(cancellationToken);

        client.All("request.cancelled").Select(static each => each.GetProperty("reason").GetString()).Should().OnlyContain(static reason => reason == "operator");
        _harness.Audit.Count().Should().Be(0);
        _harness.Operations.Requests(10).Should().BeEmpty();
    }
}
