using Ingress.Pipeline.Forwarding;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ForwardingTests
{
    [Test]
    [CancelAfter(20_000)]
    public async Task Request_RunsToItsEnd_EveryEventInOrder(CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        var client = harness.Connect();
        client.Request("a", """{"prompt":"é <x>"}""");
        await client.WaitForAsync("request.queued", cancellationToken);
        harness.Backend.Offer(1);
        var job = (await harness.Backend.WaitForJobsAsync(1, cancellationToken))[0];
        job.Input.Should().Be("""{"prompt":"é <x>"}""");
        job.Accept("job-1");
        await job.Followed;
        job.Start();
        job.Yield("""{"text" : "é <x>"}""");
        job.End(JobEndState.Completed);
        await client.WaitForAsync("request.completed", cancellationToken);
        await harness.SettleAsync(cancellationToken);

        client.Socket.Sent.Should().Contain(text => text.Contains("\"output\":{\"text\" : \"é <x>\"}"), "output passes byte for byte");
        client.Events.Select(each => each.GetProperty("type").GetString()).Should().Equal(
            "session.opened", "request.queued", "request.dispatched", "request.started", "request.output", "request.completed");
        client.Events.Select(each => each.GetProperty("seq").GetInt64()).Should().Equal(1, 2, 3, 4, 5, 6);
        harness.Audit.Count().Should().Be(0);
    }
}
