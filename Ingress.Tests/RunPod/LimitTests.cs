using Ingress.RunPod;
using Ingress.RunPod.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.RunPod;

public sealed class LimitTests
{
    private static readonly TimeSpan RunPodsWindow = TimeSpan.FromSeconds(10);

    [TestCase("run", 1_000), TestCase("read", 2_000), TestCase("cancel", 100), CancelAfter(20_000)]
    public async Task Window_AsFastAsItGoes_NoTenSecondsHoldMoreThanAllowed(string which, int allowed, CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        using var limits = new EndpointLimits(new RunPodLimitOptions(), time);
        var limiter = which switch { "run" => limits.Run, "read" => limits.Read, _ => limits.Cancel };
        var sent = new List<long>();
        var random = new Random(7);
        for (var step = 0; step < 6_000 && !cancellationToken.IsCancellationRequested; step++)
        {
            while (true)
            {
                using var lease = limiter.AttemptAcquire();
                if (!lease.IsAcquired)
                {
                    break;
                }

                sent.Add(time.GetUtcNow().Ticks);
            }

            time.Advance(TimeSpan.FromMilliseconds(random.Next(1, 20)));
        }

        await Task.CompletedTask;
        RunPodLimitWatch.Most([.. sent], RunPodsWindow).Should().BeLessThanOrEqualTo(allowed);
        sent.Count.Should().BeGreaterThan(allowed * 4, "a minute has room for more than one window's worth");
    }

    [Test]
    public void Read_OneBurst_DoesNotSilenceTheStreamsForSeconds()
    {
        var time = new FakeTimeProvider();
        using var limits = new EndpointLimits(new RunPodLimitOptions(), time);
        while (true)
        {
            using var lease = limits.Read.AttemptAcquire();
            if (!lease.IsAcquired)
            {
                break;
            }
        }

        limits.ReadsArePlentiful.Should().BeFalse();
        for (var tick = 0; tick < 5; tick++)
        {
            time.Advance(TimeSpan.FromMilliseconds(250));
        }

        using var next = limits.Read.AttemptAcquire();
        next.IsAcquired.Should().BeTrue();
    }

    [TestCase("run", 200), TestCase("read", 400), TestCase("cancel", 20)]
    public void Concurrency_AllOpen_TheNextOneWaits(string which, int allowed)
    {
        var time = new FakeTimeProvider();
        using var limits = new EndpointLimits(new RunPodLimitOptions { ReadRequests = 100_000 }, time);
        var limiter = which switch { "run" => limits.Run, "read" => limits.Read, _ => limits.Cancel };
        var leases = Enumerable.Range(0, allowed).Select(_ => limiter.AttemptAcquire()).ToList();
        leases.Should().OnlyContain(static lease => lease.IsAcquired);

        using var tooMany = limiter.AttemptAcquire();
        tooMany.IsAcquired.Should().BeFalse();
        leases[0].Dispose();
        using var next = limiter.AttemptAcquire();

        next.IsAcquired.Should().BeTrue();
        leases.ForEach(static lease => lease.Dispose());
    }

    [Test]
    public void Tick_AfterAPauseOfTheProcess_GivesBackNoMoreThanOneSegment()
    {
        // A starved timer fires late and then several times in a row; that must not make the window pass faster.
        var time = new FakeTimeProvider();
        using var limits = new EndpointLimits(new RunPodLimitOptions { CancelRequests = 1, CancelConcurrency = 9 }, time);
        time.Advance(TimeSpan.FromSeconds(30));
        using (var first = limits.Cancel.AttemptAcquire())
        {
            first.IsAcquired.Should().BeTrue();
        }

        time.Advance(TimeSpan.FromSeconds(9.9));
        using var second = limits.Cancel.AttemptAcquire();
        second.IsAcquired.Should().BeFalse();
    }

    [Test, CancelAfter(10_000)]
    public async Task StreamPlaces_MoreStreamsThanPlaces_NewestHaveThem(CancellationToken cancellationToken)
    {
        using var places = new StreamPlaces(80); // 70 places, 8 short reads at a time
        var streams = Enumerable.Range(0, 100).Select(_ => places.Join()).ToList();

        var held = new List<bool>();
        foreach (var stream in streams.AsEnumerable().Reverse())
        {
            using var turn = await places.EnterAsync(stream, cancellationToken);
            held.Add(turn.Place is not null);
        }

        held.Take(70).Should().OnlyContain(static has => has);
        held.Skip(70).Should().OnlyContain(static has => !has);
    }

    [Test, CancelAfter(10_000)]
    public async Task StreamPlaces_OldReadsAreStillHeld_NewStreamTakesAShortRead(CancellationToken cancellationToken)
    {
        using var places = new StreamPlaces(80);
        var old = Enumerable.Range(0, 70).Select(_ => places.Join()).ToList();
        var reads = new List<StreamRead>();
        foreach (var stream in old)
        {
            reads.Add(await places.EnterAsync(stream, cancellationToken));
        }

        var newest = places.Join();
        using (var turn = await places.EnterAsync(newest, cancellationToken))
        {
            turn.Hold.Should().Be(StreamPlaces.ShortHold);
            turn.Place.Should().BeNull("the places are all in use until a read is over");
        }

        reads[0].Dispose();
        using var later = await places.EnterAsync(newest, cancellationToken);
        later.Place.Should().NotBeNull();
        using var displaced = await places.EnterAsync(old[0], cancellationToken);
        displaced.Place.Should().BeNull();
    }

    [Test, CancelAfter(10_000)]
    public async Task StreamPlaces_RandomComingAndGoing_ExactlyTheNewestHaveAClaim(CancellationToken cancellationToken)
    {
        var random = new Random(3);
        using var places = new StreamPlaces(16); // 14 places, 1 short read at a time
        var streams = new List<LinkedListNode<long>>();
        for (var step = 0; step < 3_000; step++)
        {
            if (streams.Count > 0 && random.Next(2) == 0)
            {
                var index = random.Next(streams.Count);
                places.Leave(streams[index]);
                streams.RemoveAt(index);
            }
            else if (streams.Count < 40)
            {
                streams.Add(places.Join());
            }

            for (var i = 0; i < streams.Count; i++)
            {
                using var turn = await places.EnterAsync(streams[i], cancellationToken);
                (turn.Place is not null).Should().Be(i >= streams.Count - 14);
            }
        }

        places.Count.Should().Be(streams.Count);
    }

    [TestCase(1, 1.0), TestCase(50, 1.0), TestCase(200, 4.0), TestCase(350, 7.0)]
    public async Task StreamPlaces_Hold_GrowsWithTheNumberOfStreams(int streams, double seconds)
    {
        using var places = new StreamPlaces(400);
        var nodes = Enumerable.Range(0, streams).Select(_ => places.Join()).ToList();

        using var read = await places.EnterAsync(nodes[^1], CancellationToken.None);

        read.Hold.TotalSeconds.Should().BeApproximately(seconds, 0.001);
    }
}
