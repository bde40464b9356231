using System.Text;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Pipeline;

/// <summary>Requests that came without an id get one when somebody is told it, and are found by it from then on.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UnnamedRequestTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EndpointLane _lane;
    private readonly Session _session;

    public UnnamedRequestTests()
    {
        _lane = new LaneCatalog(
            [new FakeBackend("default", _time)], Options.Create(new QueueOptions()), _time, NullLogger<QueueLengthLog>.Instance).All[0];
        var memory = new ClientMemory(Options.Create(new ConnectionOptions()));
        _session = new Session(WireProtocol.Plain, new ClientIdentity("p"), false, 1 << 20, memory, _time);
    }

    [Test]
    public void Id_IsMadeOnceAndFound()
    {
        var requests = Enumerable.Range(0, 3).Select(_ => Add(null)).ToList();
        requests.Should().OnlyContain(static each => each.KnownId == null);
        var id = requests[1].Id;
        Guid.Parse(id).Version.Should().Be(7);
        requests[1].Id.Should().Be(id);
        _session.Find(id).Should().BeSameAs(requests[1]);
        _session.Find(Guid.CreateVersion7().ToString()).Should().BeNull();
    }

    [Test]
    public void Id_ThatWasMade_IsADuplicateForWhoComesWithIt()
    {
        var id = Add(null).Id;
        var second = new ConversationRequest(id, _session, _lane, "{}"u8, 0);
        _session.TryAdd(second, 10, default).Should().Be(ErrorCode.DuplicateId);
        _session.Pending.Should().Be(1);
    }

    [Test]
    public void Live_NamedAndUnnamed_InOrderAndGoneWhenTheyEnd()
    {
        var requests = new[] { Add(null), Add("a"), Add(null), Add("b"), Add(null) };
        _session.Live().Should().Equal(requests);
        foreach (var i in new[] { 2, 3, 0, 4, 1 })
        {
            _session.Complete(requests[i], new RequestCancelled(requests[i].Id, "client", null));
            _session.Find(requests[i].Id).Should().BeNull();
        }

        _session.Live().Should().BeEmpty();
        _session.Pending.Should().Be(0);
        Add("a").Should().NotBeNull();
    }

    [Test]
    public async Task DetachInput_WhileItIsDropped_IsTheWholeInputOrNothing()
    {
        var input = Encoding.UTF8.GetBytes("{\"x\":\"" + new string('x', 500) + "\"}");
        var other = Encoding.UTF8.GetBytes("{\"y\":\"" + new string('y', 500) + "\"}");
        for (var i = 0; i < 3_000; i++)
        {
            var request = new ConversationRequest(null, _session, _lane, input, 0);
            using var start = new Barrier(2);
            var dropping = Task.Run(() =>
            {
                start.SignalAndWait();
                request.TryEnd(out _);
                request.DropInput();
                new ConversationRequest(null, _session, _lane, other, 0).DropInput();
            });
            start.SignalAndWait();
            var detached = request.DetachInput();
            await dropping;
            detached?.Should().Equal(input);
            request.HasInput.Should().BeFalse();
        }
    }

    private ConversationRequest Add(string? id)
    {
        var request = new ConversationRequest(id, _session, _lane, "{}"u8, 0);
        _session.TryAdd(request, 10, default).Should().BeNull();
        return request;
    }
}
