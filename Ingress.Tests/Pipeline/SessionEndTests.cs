using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Ingress.Tests.Pipeline;

/// <summary>A session that is resumed while somebody else finds it dead.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionEndTests
{
    [Test]
    [CancelAfter(60_000)]
    public async Task Resume_AtTheMomentTheGraceEnds_NeverADeadSession(CancellationToken cancellationToken)
    {
        for (var i = 0; i < 60; i++)
        {
            await using var harness = new PipelineHarness();
            var old = await harness.OpenAsync(cancellationToken);
            old.Socket.Breaks();
            await old.Served.WaitAsync(cancellationToken);
            harness.Time.Advance(TimeSpan.FromSeconds(15));
            using var together = new Barrier(2);
            var sweep = Task.Run(
                () =>
                {
                    together.SignalAndWait(cancellationToken);
                    Thread.SpinWait(i * 50);
                    harness.Housekeeping.Sweep();
                },
                cancellationToken);
            together.SignalAndWait(cancellationToken);
            var client = harness.Resume(old, 1);
            client.Request("a");
            await sweep;

            // Whichever won: the client has a session that answers.
            await client.WaitForAsync("request.queued", cancellationToken, "a");
        }
    }

    [Test]
    public async Task EndOn_SessionThatMoved_GoesOn()
    {
        await using var harness = new PipelineHarness();

        // Its old connection, or the clock, found it dead at the moment it was resumed.
        var memory = harness.Services.GetRequiredService<ClientMemory>();
        var session = new Session(WireProtocol.V1, new ClientIdentity("p"), true, 1000, memory, harness.Time);
        ClientConnection Connection() =>
            new(new ScriptedSocket(), session, session.Identity, harness.Sessions, new ConnectionOptions(), memory, null!, harness.Time);
        var (first, second) = (Connection(), Connection());
        session.Outbox.Open(first);
        session.TryResume(second, 0, out var replaced).Should().BeTrue();
        replaced.Should().Be(first);

        session.EndOn(first, keepUnsent: false).Should().BeNull();
        session.EndOn(null, keepUnsent: false).Should().BeNull();
        session.Outbox.TryDetach(first).Should().BeFalse();
        session.Closed.IsCancellationRequested.Should().BeFalse();
        session.EndOn(second, keepUnsent: false).Should().NotBeNull();
        session.End(keepUnsent: false).Should().BeNull("it ended once");
    }
}
