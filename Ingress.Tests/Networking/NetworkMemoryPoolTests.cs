using System.Buffers;
using FluentAssertions;
using Ingress.Api.Networking;
using Ingress.Tests.Support;

namespace Ingress.Tests.Networking;

[TestFixture]
public sealed class NetworkMemoryPoolTests
{
    private const int Burst = NetworkMemoryPool.MostLargeOut;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private WatchedTime _time = null!;
    private NetworkMemoryPool _pool = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new WatchedTime();
        _pool = new NetworkMemoryPool(_time);
    }

    [TearDown]
    public void TearDown() => _pool.Dispose();

    [Test]
    public void Rent_GivesAWholeBlock()
    {
        using var block = _pool.Rent(100);

        block.Memory.Length.Should().Be(NetworkMemoryPool.LargeBytes).And.Be(_pool.MaxBufferSize);
    }

    [Test]
    public void Rent_GivesWhatCameBackLast()
    {
        var first = _pool.Rent();
        var second = _pool.Rent();
        first.Should().NotBeSameAs(second);
        first.Dispose();
        second.Dispose();

        _pool.Rent().Should().BeSameAs(second);
        _pool.Rent().Should().BeSameAs(first);
    }

    [Test]
    public void Rent_MoreThanABlock_IsRefused()
    {
        _pool.Invoking(pool => pool.Rent(NetworkMemoryPool.LargeBytes + 1)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public void Rent_ByACrowd_GivesSmallBlocksBeyondSomeLargeOnes()
    {
        var large = RentMany(NetworkMemoryPool.MostLargeOut);
        large.Should().OnlyContain(block => block.Memory.Length == NetworkMemoryPool.LargeBytes);

        using (var small = _pool.Rent(NetworkMemoryPool.SmallBytes))
        {
            small.Memory.Length.Should().Be(NetworkMemoryPool.SmallBytes);
        }

        using (var asked = _pool.Rent(NetworkMemoryPool.SmallBytes + 1))
        {
            asked.Memory.Length.Should().Be(NetworkMemoryPool.LargeBytes);
        }

        large[0].Dispose();
        _pool.Rent().Memory.Length.Should().Be(NetworkMemoryPool.LargeBytes);
    }

    [Test]
    public void Dispose_OfABlockTwice_DoesNotHandItOutTwice()
    {
        var block = _pool.Rent();
        block.Dispose();
        block.Dispose();

        _pool.Rent().Should().NotBeSameAs(_pool.Rent());
    }

    [Test]
    public void Unused_AfterABurst_GoesByHalvesEachSecond_DownToALeast()
    {
        RentAndReturn(Burst);
        _time.Advance(Period);
        _pool.Unused.Should().Be(Burst, "during the second of the burst all were needed");

        _time.Advance(Period);
        _pool.Unused.Should().Be(Burst / 2);
        _time.Advance(20 * Period);
        _pool.Unused.Should().Be(NetworkMemoryPool.LeastKept);
    }

    [Test]
    public void Unused_WhatIsNeededAgainAndAgain_Stays()
    {
        RentAndReturn(Burst);
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(Period);
            RentAndReturn(Burst);
        }

        _pool.Unused.Should().Be(Burst);
    }

    [Test]
    public void OrdinaryUse_SetsNoTimer_AndABurstUntilItIsForgotten()
    {
        RentAndReturn(NetworkMemoryPool.LeastKept);
        _time.TimersSet.Should().Be(0);

        RentAndReturn(Burst);
        _time.TimersSet.Should().Be(1);
        for (var second = 0; second < 20; second++)
        {
            _time.Advance(Period);
        }

        _pool.Unused.Should().Be(NetworkMemoryPool.LeastKept);
        _time.TimersSet.Should().Be(0);
    }

    [Test]
    public void Dispose_EndsItsTimer()
    {
        RentAndReturn(100);
        _pool.Dispose();

        _time.Advance(20 * Period);

        _pool.Unused.Should().Be(100);
    }

    [Test]
    public void Rent_FromManyThreads_NeverGivesABlockToTwo()
    {
        Parallel.For(0, 4, thread =>
        {
            var mark = (byte)thread;
            for (var i = 0; i < 20_000; i++)
            {
                using var block = _pool.Rent();
                block.Memory.Span[0] = mark;
                Thread.Yield();
                if (block.Memory.Span[0] != mark)
                {
                    throw new InvalidOperationException("somebody else writes into the block");
                }
            }
        });

        _pool.Unused.Should().BeInRange(1, NetworkMemoryPool.LeastKept);
    }

    private List<IMemoryOwner<byte>> RentMany(int count) => [.. Enumerable.Range(0, count).Select(_ => _pool.Rent())];

    private void RentAndReturn(int count)
    {
        foreach (var block in RentMany(count))
        {
            block.Dispose();
        }
    }
}
