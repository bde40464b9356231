using System.Net.WebSockets;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Ingress.Tests.Pipeline;

/// <summary>What is held for all clients together is bounded, and those pay for it who hold the most.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ClientMemoryTests
{
    private const long Limit = 1 << 20;

    private readonly PipelineHarness _harness = new(new() { ["WebSocket:MaxBufferedBytes"] = $"{Limit}" });

    public ClientMemoryTests() => Memory = _harness.Services.GetRequiredService<ClientMemory>();

    private ClientMemory Memory { get; }

    private IEnumerable<ClientConnection> Closing => _harness.Handler.Connections.Where(static each => each.Closing is not null);

    [TearDown]
    public async Task StopAsync()
    {
        await _harness.DisposeAsync();
        foreach (var session in _harness.Sessions.All)
        {
            _harness.Sessions.End(session, SessionEnd.Broken);
        }

        (Memory.Held, _harness.Audit.Count()).Should().Be((0, 0), "all was given back");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Readers_ThatNeverRead_AreHeldWithinTheLimitAndAnotherKeepsItsStream(CancellationToken cancellationToken)
    {
        const int Readers = 40;
        const int Rounds = 12;
        var healthy = await _harness.OpenAsync(cancellationToken);
        healthy.Request("h");
        var job = await _harness.RunNextAsync(cancellationToken);
        var readers = await OpenAsync(Readers, cancellationToken);
        readers.ForEach(static reader => reader.Socket.Hold());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var reader in readers)
            {
                SendNonsense(reader, 50);
            }

            job.Yield($"{round}");
            await _harness.SettleAsync(cancellationToken);
            Memory.Held.Should().BeLessThan(Limit * 5 / 4, "whoever adds to too much is cut off, within what one flush brings");
        }

        _harness.Advance(TimeSpan.FromSeconds(0.25));
        Memory.Held.Should().BeLessThanOrEqualTo(Limit);
        job.End(JobEndState.Completed);
        await healthy.WaitForAsync("request.completed", cancellationToken);
        healthy.All("request.output").Select(static each => each.GetProperty("output").GetInt32()).Should().Equal(Enumerable.Range(0, Rounds));
        Closing.Should().NotBeEmpty().And.NotContain(each => each.Session.Find("h") != null);
        healthy.Socket.State.Should().Be(WebSocketState.Open);
        readers.ForEach(static reader => reader.Socket.Release());
        await _harness.SettleAsync(cancellationToken);
        readers.Select(static reader => reader.Socket.SentClose).Should().Contain(WebSocketCloseStatus.PolicyViolation);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TooMuchHeld_ByThoseWhoAddNoMore_TheLargestIsCutOffAndNoneElse(CancellationToken cancellationToken)
    {
        var (small, smallJob) = await RunHeldAsync("small", cancellationToken);
        var (large, largeJob) = await RunHeldAsync("large", cancellationToken);
        var (middle, middleJob) = await RunHeldAsync("middle", cancellationToken);
        smallJob.Yield(Text(20_000));
        largeJob.Yield(Text(700_000));
        middleJob.Yield(Text(340_000));
        Memory.IsExceeded.Should().BeTrue();
        Closing.Should().BeEmpty("each still holds what it may alone");

        _harness.Advance(TimeSpan.FromSeconds(0.25));

        Memory.IsExceeded.Should().BeFalse();
        await largeJob.Abandoned.WaitAsync(cancellationToken);
        Closing.Should().ContainSingle();
        foreach (var client in new[] { small, large, middle })
        {
            client.Socket.Release();
        }

        await large.Served.WaitAsync(cancellationToken);
        large.Socket.SentClose.Should().Be(WebSocketCloseStatus.PolicyViolation);
        await middle.WaitForAsync("request.output", cancellationToken);
        await small.WaitForAsync("request.output", cancellationToken);
        _harness.Logs.GetSnapshot().Should().Contain(static log => log.Message == "Refused 1 messages or connections: memory_limit.");
        largeJob.End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TooMuchHeld_ByOthers_WhoeverHasReadAllIsNotOverflowing(CancellationToken cancellationToken)
    {
        var (reader, job) = await RunReadAsync(cancellationToken);
        Memory.Change(Limit, owners: 2);
        reader.IsOverflowing.Should().BeFalse("what is kept can be given up");
        reader.HeldBytes.Should().BeLessThan(Memory.FairShare);
        Memory.Change(-Limit, owners: -2);
        job.End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TooMuchHeld_WhileEachHoldsAFairShare_WhoeverHasReadAllIsNotCutOff(CancellationToken cancellationToken)
    {
        var (reader, job) = await RunReadAsync(cancellationToken);
        Memory.Change(Limit * 3 / 4, owners: 0);
        _harness.Advance(TimeSpan.FromSeconds(0.25));
        Memory.IsExceeded.Should().BeFalse();
        reader.HeldBytes.Should().BeLessThan(100_000, "what is kept was given up");
        Closing.Should().BeEmpty();
        Memory.Change(-Limit * 3 / 4, owners: 0);
        job.End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Messages_ThatNeverEnd_AreHeldWithinTheLimitAndWholeOnesAreTaken(CancellationToken cancellationToken)
    {
        var senders = await OpenAsync(30, cancellationToken);
        var part = new byte[10_000];
        for (var sent = 0; sent < 200_000; sent += part.Length)
        {
            foreach (var sender in senders)
            {
                sender.Socket.ClientSends(part, WebSocketMessageType.Binary, end: false);
            }

            await _harness.SettleAsync(cancellationToken);
            Memory.Held.Should().BeLessThanOrEqualTo(Limit + (256 << 10), "the one that comes over the limit is the last");
        }

        senders.Select(static sender => sender.Socket.SentClose).Should().Contain(WebSocketCloseStatus.PolicyViolation).And.Contain(x => x == null);
        var healthy = await _harness.OpenAsync(cancellationToken);
        healthy.Request("h", $"{{\"x\":{Text(1000)}}}");
        await healthy.WaitForAsync("request.queued", cancellationToken);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task Replay_OfAClientThatReads_IsGivenUpInsteadOfTheClient(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await _harness.RunNextAsync(cancellationToken);
        for (var i = 0; i < 30; i++)
        {
            job.Yield(Text(50_000));
        }

        await _harness.SettleAsync(cancellationToken);
        client.All("request.output").Should().HaveCount(30);
        Memory.Held.Should().BeLessThanOrEqualTo(Limit);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        var tooOld = _harness.Resume(client, 3);
        await tooOld.WaitForAsync("session.opened", cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        tooOld.Types.Should().Equal("session.opened", "session.opened");
        var recent = _harness.Resume(client, 30);
        await _harness.SettleAsync(cancellationToken);
        recent.Types.Should().Equal("session.opened", "session.resumed", "request.output", "request.output", "request.output");
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TooMuchHeld_BySessionsWithoutAConnection_TheyEnd(CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request("a");
        var job = await _harness.RunNextAsync(cancellationToken);
        await client.WaitForAsync("request.dispatched", cancellationToken);
        client.Socket.Breaks();
        await client.Served.WaitAsync(cancellationToken);
        job.Yield(Text(600_000));
        job.Yield(Text(600_000));
        _harness.Advance(TimeSpan.FromSeconds(0.25));

        await job.Abandoned.WaitAsync(cancellationToken);
        _harness.Sessions.All.Should().BeEmpty();
        Memory.Held.Should().Be(0);
        job.End(JobEndState.Cancelled);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task SessionEnded_WithSomethingToSendAndNobodyToReadIt_HoldsNothing(CancellationToken cancellationToken)
    {
        var (client, job) = await RunHeldAsync("a", cancellationToken);
        job.Yield(Text(100_000));
        client.Socket.ClientSends([0xFF], WebSocketMessageType.Text); // no UTF-8: the session ends, what was told before is still to be sent
        await job.Abandoned.WaitAsync(cancellationToken);
        Memory.Held.Should().BePositive();
        _harness.Audit.Count().Should().Be(0);
        _harness.Advance(TimeSpan.FromSeconds(5));
        await client.Served.WaitAsync(cancellationToken);

        Memory.Held.Should().Be(0);
        job.End(JobEndState.Cancelled);
    }

    private async Task<(Outbox Reader, FakeJob Job)> RunReadAsync(CancellationToken cancellationToken)
    {
        var (client, job) = await RunHeldAsync("reader", cancellationToken);
        job.Yield(Text(500_000));
        client.Socket.Release();
        await client.WaitForAsync("request.output", cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        var outbox = _harness.Sessions.All.Single().Outbox;
        outbox.HeldBytes.Should().BeGreaterThan(500_000, "it is kept to be sent again");
        return (outbox, job);
    }

    private async Task<(HarnessClient Client, FakeJob Job)> RunHeldAsync(string id, CancellationToken cancellationToken)
    {
        var client = await _harness.OpenAsync(cancellationToken);
        client.Request(id);
        var job = await _harness.RunNextAsync(cancellationToken);
        await client.WaitForAsync("request.dispatched", cancellationToken);
        await _harness.SettleAsync(cancellationToken);
        client.Socket.Hold();
        job.Yield("0");
        return (client, job);
    }

    private async Task<List<HarnessClient>> OpenAsync(int count, CancellationToken cancellationToken)
    {
        var clients = new List<HarnessClient>();
        for (var i = 0; i < count; i++)
        {
            clients.Add(await _harness.OpenAsync(cancellationToken));
        }

        return clients;
    }

    private static void SendNonsense(HarnessClient client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            client.Socket.ClientSends("[]");
        }
    }

    private static string Text(int length) => $"\"{new string('x', length)}\"";
}
