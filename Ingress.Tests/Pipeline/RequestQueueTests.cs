using System.Diagnostics;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Pipeline;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RequestQueueTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeBackend _backend;
    private readonly EndpointLane _lane;
    private readonly Session _session;

    public RequestQueueTests()
    {
        _backend = new FakeBackend("default", _time);
        var options = Options.Create(new QueueOptions { Capacity = 1000, MaxBytes = 100_000 });
        _lane = new LaneCatalog([_backend], options, _time, NullLogger<QueueLengthLog>.Instance).All[0];
        var memory = new ClientMemory(Options.Create(new ConnectionOptions()));
        _session = new Session(WireProtocol.V1, new ClientIdentity("p"), true, 1 << 20, memory, _time);
    }

    private RequestQueue Queue => _lane.Queue;

    [Test]
    public void TryTake_InOrderOfArrival()
    {
        var made = Enumerable.Range(0, 10).Select(_ => Add()).ToList();

        TakeAll().Should().Equal(made);
        Queue.Length.Should().Be(10, "a request keeps its place until the backend has it");
        Queue.Waiting.Should().Be(0);
    }

    [Test]
    public void Enqueue_NobodyTakes_FewArrivalsAreLeftForWhoeverComesFirst()
    {
        var made = Enumerable.Range(0, 640).Select(_ => Add()).ToList();

        made.Count(static request => request.Order == 0).Should().BeLessThan(64);
        TakeAll().Should().Equal(made);
    }

    [Test]
    public void PutBack_SeveralNotTaken_EachInItsOldPlace()
    {
        var made = Enumerable.Range(0, 6).Select(_ => Add()).ToList();
        var taken = Enumerable.Range(0, 4).Select(_ => Take()).ToList();
        var late = Add();
        foreach (var i in new[] { 2, 0, 3, 1 })
        {
            taken[i].TryReturnToQueue().Should().BeTrue();
            Queue.PutBack(taken[i]);
        }

        TakeAll().Should().Equal([.. made, late]);
    }

    [Test]
    public void PutBack_EndedMeanwhile_IsNotLinked()
    {
        var request = Add();
        Take().TryReturnToQueue().Should().BeTrue();
        request.TryEndQueued().Should().BeTrue();
        Queue.Release(request);
        Queue.PutBack(request);

        Queue.HasWaiting().Should().BeFalse();
        (Queue.Length, Queue.Bytes, Queue.Waiting).Should().Be((0, 0L, 0));
    }

    [Test]
    public void Release_MoreThanOnce_CountsOnce()
    {
        var request = Add(bytes: 5);
        Add(bytes: 7);
        request.TryEndQueued();
        Queue.Release(request);
        Queue.Release(request);

        (Queue.Length, Queue.Bytes).Should().Be((1, 7L));
    }

    [Test]
    public void Release_FromAnyPlace_LeavesTheOrderAtOnce()
    {
        var made = new List<ConversationRequest>();
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            made.Add(Add());
        }

        Queue.OldestSince.Should().Be(made[0].ReceivedAt);
        foreach (var i in new[] { 0, 2, 3 })
        {
            made[i].TryEndQueued();
            Queue.Release(made[i]);
            Queue.OldestSince.Should().Be(made[1].ReceivedAt);
            (made[i].Older, made[i].Newer).Should().Be((null, null), "it keeps nobody in memory and nobody keeps it");
        }

        made[1].TryEndQueued();
        Queue.Release(made[1]);
        Queue.HasWaiting().Should().BeFalse();
        Queue.OldestSince.Should().BeNull();
    }

    [Test]
    public void TryAdmit_BytesOverTheBound_HoldsNothing()
    {
        Queue.TryAdmit(99_999, out _).Should().BeTrue();
        Queue.TryAdmit(2, out _).Should().BeFalse();
        Queue.Length.Should().Be(1);
        Queue.TryAdmit(1, out var position).Should().BeTrue();
        position.Should().Be(2);
        Queue.TryAdmit(0, out _).Should().BeTrue();
        Queue.TryAdmit(1, out _).Should().BeFalse();
        Queue.Bytes.Should().Be(100_000);
    }

    [Test]
    public void Visit_PositionsCountWhatIsInHand()
    {
        var made = Enumerable.Range(0, 3).Select(_ => Add()).ToList();
        Take();
        made[1].TryEndQueued();
        var seen = new List<(ConversationRequest, int)>();
        Queue.Visit(seen, static (list, request, position) =>
        {
            list.Add((request, position));
            return true;
        });

        seen.Should().Equal((made[2], 2));
    }

    [Test]
    public void Enqueue_DeadHandlesFillTheChannel_ClearedOnTheWay()
    {
        // Nobody consumes: each round leaves its dead in the channel, which holds no more than the capacity.
        for (var i = 0; i < 5000; i++)
        {
            var request = Add();
            request.TryEndQueued();
            Queue.Release(request);
        }

        var live = Enumerable.Range(0, 1000).Select(_ => Add()).ToList();
        Queue.TryAdmit(1, out _).Should().BeFalse();
        TakeAll().Should().Equal(live);
    }

    [Test]
    public async Task TryTake_ManyProducers_EachProducersOrderIsKeptAndNothingIsLost()
    {
        const int Producers = 4, Each = 200;
        var lists = Enumerable.Range(0, Producers).Select(_ => new List<ConversationRequest>()).ToArray();
        var taken = new List<ConversationRequest>();
        var producing = Task.WhenAll(lists.Select(list => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                list.Add(Add());
            }
        })));
        while (taken.Count < Producers * Each)
        {
            if (Queue.TryTake(out var request))
            {
                taken.Add(request);
            }
            else
            {
                await Queue.WaitForArrivalAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            }
        }

        await producing;
        foreach (var list in lists)
        {
            taken.Where(list.Contains).Should().Equal(list);
        }
    }

    [Test]
    public async Task TryAdmit_ManyThreadsAtTheBound_NeverOverAndAllGivenBack()
    {
        var over = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (Queue.TryAdmit(101, out _))
                {
                    over += Queue.Length > 1000 || Queue.Bytes > 100_000 ? 1 : 0;
                    if (i % 2 == 0)
                    {
                        Queue.GiveBack(101);
                    }
                }
            }
        })));

        over.Should().Be(0);
        Queue.Bytes.Should().Be(Queue.Length * 101L).And.BeInRange(100_000 - 101, 100_000);
    }

    [Test]
    public void Demand_TwoAdmittedBeforeEitherIsQueued_BackendIsWokenAtOnce()
    {
        // Each sees the other's place; if both leave the waking to the other, an idle backend sleeps on to its rare background look.
        _lane.TryAdmit(1, out _).Should().BeTrue();
        _lane.TryAdmit(1, out _).Should().BeTrue();
        _lane.Enqueue(Make(1));
        _lane.Enqueue(Make(1));

        _backend.DemandChanges.Should().BeGreaterThan(0);
    }

    [Test]
    public void Demand_FirstBehindOneInHand_BackendIsWoken()
    {
        Add();
        Take();
        var before = _backend.DemandChanges;
        Add();
        _backend.DemandChanges.Should().Be(before + 1);
        Add();
        _backend.DemandChanges.Should().Be(before + 1, "the queue was not empty");
    }

    [Test]
    public void Release_FromALongQueue_CostsNoMoreThanFromAShortOne()
    {
        var options = Options.Create(new QueueOptions { Capacity = 100_000, MaxBytes = 1 << 30 });
        var lane = new LaneCatalog([new FakeBackend("long", _time)], options, _time, NullLogger<QueueLengthLog>.Instance).All[0];
        long Cost(int length)
        {
            var all = Enumerable.Range(0, length).Select(_ => Add(lane)).ToList();
            lane.Queue.HasWaiting().Should().BeTrue();
            var leaving = all.Where((_, i) => i % (length / 100) == 0).ToList();
            var began = Stopwatch.GetTimestamp();
            foreach (var request in leaving)
            {
                request.TryEndQueued();
                lane.Release(request);
            }

            var cost = Stopwatch.GetTimestamp() - began;
            all.ForEach(lane.Queue.Release);
            return cost;
        }

        Cost(1000);
        var small = Enumerable.Range(0, 5).Min(_ => Cost(1000));
        var large = Enumerable.Range(0, 3).Min(_ => Cost(50_000));
        large.Should().BeLessThan((10 * small) + Stopwatch.Frequency / 1000, "50 times the length would show if it were looked through");
    }

    private ConversationRequest Make(int bytes, EndpointLane? lane = null) =>
        new(Guid.NewGuid().ToString(), _session, lane ?? _lane, new byte[bytes], _time.GetTimestamp()) { Deadline = long.MaxValue };

    private ConversationRequest Add(EndpointLane? lane = null, int bytes = 1)
    {
        (lane ?? _lane).TryAdmit(bytes, out _).Should().BeTrue();
        var request = Make(bytes, lane);
        (lane ?? _lane).Enqueue(request);
        return request;
    }

    private ConversationRequest Take()
    {
        Queue.TryTake(out var request).Should().BeTrue();
        return request;
    }

    private List<ConversationRequest> TakeAll()
    {
        var taken = new List<ConversationRequest>();
        while (Queue.TryTake(out var request))
        {
            taken.Add(request);
        }

        return taken;
    }
}
