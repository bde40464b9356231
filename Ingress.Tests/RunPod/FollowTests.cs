using System.Text;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Tests.RunPod;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class FollowTests
{
    private readonly RecordingObserver _observer = new();

    [Test, CancelAfter(20_000)]
    public async Task FollowAsync_StreamingJob_DeliversChunksByteForByteAndNoOutput(CancellationToken cancellationToken)
    {
        const string Odd = """{ "a" : 1.0e0,  "é":"\u00e9\/<" }""";
        await using var rig = await RunPodRig.StartAsync(script: static server => server
            .Then("stream", Replies.Stream("IN_PROGRESS", Odd), Replies.Stream("COMPLETED", "\"b\""), Replies.Stream("COMPLETED"))
            .Then("status", Replies.Json("""{"id":"job-1","status":"COMPLETED","delayTime":11,"executionTime":22,"workerId":"w9"}""")));

        var slot = await rig.SubmitAsync(cancellationToken);
        var end = await rig.PassUntilAsync(slot.FollowAsync(_observer, CancellationToken.None), cancellationToken);

        _observer.Events.Should().Equal("started 1", Odd, "\"b\"");
        end.Should().Be(new JobEnd(JobEndState.Completed) { DelayMs = 11, ExecutionMs = 22, WorkerId = "w9" });
    }
}
