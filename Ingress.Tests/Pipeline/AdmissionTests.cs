using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>Who is let into the queue and who is told no.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AdmissionTests
{
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(64)]
    [CancelAfter(20_000)]
    public async Task Queue_FilledByConnectionsThatClosed_TakesAFullQueueAgain(int capacity, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:Capacity"] = $"{capacity}" });
        for (var round = 0; round < 3; round++)
        {
            var client = await harness.OpenAsync(cancellationToken);
            for (var i = 0; i <= capacity; i++)
            {
                client.Request($"r{i}");
            }

            await client.WaitForAsync("request.rejected", cancellationToken, $"r{capacity}");
            client.All("request.queued").Select(static each => each.GetProperty("position").GetInt32()).Should().Equal(Enumerable.Range(1, capacity));
            harness.Queue.Length.Should().Be(capacity);
            client.Socket.ClientCloses();
            await client.Served.WaitAsync(cancellationToken);
            harness.Queue.Length.Should().Be(0);
        }

        harness.Totals.Skipped.Should().Be(3 * capacity);
        harness.Audit.Count().Should().Be(0);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Queue_FilledByManyAtOnce_NeverHoldsMoreThanItMay(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:Capacity"] = "50" });
        var clients = Enumerable.Range(0, 20).Select(_ => harness.Connect()).ToList();
        await Task.WhenAll(clients.Select(client => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                client.Request($"r{i}");
            }
        })));
        await harness.SettleAsync(cancellationToken);

        harness.Queue.Length.Should().Be(50);
        clients.Sum(static client => client.All("request.queued").Count).Should().Be(50);
        clients.Sum(static client => client.All("request.rejected").Count).Should().Be(150);
        foreach (var client in clients.Take(10))
        {
            client.Socket.Breaks();
        }

        await harness.SettleAsync(cancellationToken);
        harness.Queue.Length.Should().Be(50, "their sessions may come back");
        harness.Advance(TimeSpan.FromSeconds(16));
        await harness.SettleAsync(cancellationToken);
        harness.Queue.Length.Should().Be(clients.Skip(10).Sum(static client => client.All("request.queued").Count));
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task QueueFull_AnsweredAtOnceWithTheTimeToRetry(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:Capacity"] = "1" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        client.Request("b");
        var rejected = await client.WaitForAsync("request.rejected", cancellationToken, "b");

        rejected.GetProperty("error").GetProperty("code").GetString().Should().Be("queue_full");
        rejected.GetProperty("error").GetProperty("retryable").GetBoolean().Should().BeTrue();
        rejected.GetProperty("retryAfterMs").GetInt64().Should().BeInRange(500, 30_000);
        client.Cancel("a");
        client.Request("b");
        await client.WaitForAsync("request.queued", cancellationToken, "b");
        harness.Totals.Rejected.Should().Be(1);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Bytes_OverTheBound_QueueFullUntilSomeLeave(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:MaxBytes"] = "20" });
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("a", """{"x":"12345678"}""");
        client.Request("b", """{"y":1}""");
        client.Request("c", "{ }");
        (await client.WaitForAsync("request.rejected", cancellationToken)).GetProperty("id").GetString().Should().Be("b");
        await client.WaitForAsync("request.queued", cancellationToken, "c");
        harness.Queue.Bytes.Should().Be(19);
        (await harness.RunNextAsync(cancellationToken)).End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "a");
        harness.Queue.Bytes.Should().Be(3);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Pending_OverTheConnectionsBound_CountsWaitingAndRunning(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:MaxPendingPerConnection"] = "2" });
        var client = await harness.OpenAsync(cancellationToken);
        var other = await harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await harness.RunNextAsync(cancellationToken);
        client.Request("b");
        client.Request("c");
        var rejected = await client.WaitForAsync("request.rejected", cancellationToken, "c");
        rejected.GetProperty("error").GetProperty("code").GetString().Should().Be("connection_queue_full");
        rejected.GetProperty("retryAfterMs").GetInt64().Should().BePositive();
        other.Request("a");
        await other.WaitForAsync("request.queued", cancellationToken, "a");
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken, "a");
        client.Request("c");
        await client.WaitForAsync("request.queued", cancellationToken, "c");
        harness.Queue.Length.Should().Be(3, "what was refused holds nothing");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Pending_OverThePrincipalsBound_OverAllItsConnections(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["Queue:MaxPendingPerPrincipal"] = "2" });
        var key = new ClientIdentity("key:1", true);
        var first = await harness.OpenAsync(cancellationToken, key);
        var second = await harness.OpenAsync(cancellationToken, key);
        var other = await harness.OpenAsync(cancellationToken, new ClientIdentity("key:2", true));
        first.Request("a");
        await first.WaitForAsync("request.queued", cancellationToken);
        second.Request("a");
        second.Request("a");
        second.Request("b");
        await second.WaitForAsync("request.rejected", cancellationToken, "b");
        second.All("request.rejected").Select(static each => each.GetProperty("error").GetProperty("code").GetString())
            .Should().Equal("connection_queue_full", "connection_queue_full");
        other.Request("a");
        await other.WaitForAsync("request.queued", cancellationToken);
        first.Socket.ClientCloses();
        await first.Served.WaitAsync(cancellationToken);
        second.Request("a");
        (await second.WaitForAsync("request.rejected", cancellationToken, "a")).GetProperty("error").GetProperty("code").GetString().Should().NotBeNull();
        second.Request("c");
        await second.WaitForAsync("request.queued", cancellationToken, "c");
        await harness.SettleAsync(cancellationToken);
        harness.Audit.Count().Should().Be(0);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Rate_OverTheLimit_RejectedUntilTheBucketFills(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness(new() { ["RateLimit:RequestsPerSecond"] = "2", ["RateLimit:Burst"] = "3" });
        var client = await harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 5; i++)
        {
            client.Request($"r{i}");
        }

        var rejected = await client.WaitForAsync("request.rejected", cancellationToken, "r3");
        rejected.GetProperty("error").GetProperty("code").GetString().Should().Be("rate_limited");
        rejected.GetProperty("error").GetProperty("retryable").GetBoolean().Should().BeTrue();
        rejected.GetProperty("retryAfterMs").GetInt64().Should().Be(500);
        await client.WaitForAsync("request.rejected", cancellationToken, "r4");
        var other = await harness.OpenAsync(cancellationToken);
        other.Request("x");
        await other.WaitForAsync("request.queued", cancellationToken);
        harness.Advance(TimeSpan.FromMilliseconds(500));
        client.Request("r5");
        client.Request("r6");
        await client.WaitForAsync("request.queued", cancellationToken, "r5");
        await client.WaitForAsync("request.rejected", cancellationToken, "r6");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Payload_OfAnEndedRequest_IsNotKept(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        for (var i = 0; i < 4; i++)
        {
            client.Request($"r{i}", """{"x":"some input"}""");
            await client.WaitForAsync("request.queued", cancellationToken, $"r{i}");
        }

        var requests = harness.Sessions.All.Single().Live();
        client.Cancel("r1");
        client.Cancel("r3");
        await client.WaitForAsync("request.cancelled", cancellationToken, "r3");
        await harness.SettleAsync(cancellationToken);

        requests.Select(static each => each.HasInput).Should().Equal(true, false, true, false);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Payload_OfARequestThatSomebodyStillHolds_IsLetGo(CancellationToken cancellationToken)
    {
        // The queue, a runner or a dump may hold the request for a while after its end.
        await using var harness = new PipelineHarness();
        var client = await harness.OpenAsync(cancellationToken);
        client.Request("run");
        client.Request("wait");
        await client.WaitForAsync("request.queued", cancellationToken, "wait");
        var requests = harness.Sessions.All.Single().Live();
        requests.Should().OnlyContain(static each => each.HasInput);
        await harness.RunNextAsync(cancellationToken);
        await PipelineHarness.UntilAsync(() => !requests[0].HasInput, cancellationToken);
        requests[1].HasInput.Should().BeTrue();
        client.Socket.ClientCloses();
        await client.Served.WaitAsync(cancellationToken);
        requests[1].HasInput.Should().BeFalse();
        harness.Backend.Jobs[0].End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task DeadHandles_OfAnEmptyQueue_AreNotKept(CancellationToken cancellationToken)
    {
        // The consumer waits for room and takes nothing out meanwhile: the housekeeping must.
        await using var harness = new PipelineHarness();
        var waiting = await harness.OpenAsync(cancellationToken);
        waiting.Request("first");
        await harness.SettleAsync(cancellationToken);
        harness.Backend.IsAwaited.Should().BeTrue();
        waiting.Cancel("first");
        await waiting.WaitForAsync("request.cancelled", cancellationToken);
        waiting.Request("late");
        await waiting.WaitForAsync("request.queued", cancellationToken, "late");
        var watched = WatchHandle(harness, "late");
        waiting.Cancel("late");
        await waiting.WaitForAsync("request.cancelled", cancellationToken, "late");
        harness.Advance(TimeSpan.FromSeconds(1));

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        watched.IsAlive.Should().BeFalse();
    }

    // Not inlined, so that no local keeps the object alive.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference WatchHandle(PipelineHarness harness, string id) => new(harness.Sessions.All.Single().Find(id)!);
}
