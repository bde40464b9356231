using FluentAssertions;
using Ingress.Pipeline.Queueing;

namespace Ingress.Tests.Pipeline;

/// <summary>The memory in which the inputs of waiting requests lie.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class InputSlabTests
{
    [Test]
    public void Keep_ManyOfAllSizes_EachReadsAsItCame()
    {
        var random = new Random(17);
        var kept = new List<(byte[] Input, object Holder, int Start)>();
        for (var i = 0; i < 2_000; i++)
        {
            var input = new byte[random.Next(0, InputSlabs.LargestShared + 100)];
            random.NextBytes(input);
            kept.Add((input, InputSlabs.Keep(input, out var start), start));
            if (kept.Count > 50)
            {
                var at = random.Next(kept.Count);
                Read(kept[at].Holder, kept[at].Start, kept[at].Input.Length).Should().Equal(kept[at].Input);
                LetGo(kept[at].Holder);
                kept.RemoveAt(at);
            }
        }

        foreach (var (input, holder, start) in kept)
        {
            Read(holder, start, input.Length).Should().Equal(input);
            LetGo(holder);
        }
    }

    [Test]
    public void Keep_WhatAllHaveLetGoOf_IsUsedAnew()
    {
        var input = new byte[4096];
        Fill(input, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Fill(input, 10_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        allocated.Should().BeLessThan(input.Length * 10_000 / 10);
    }

    [Test]
    public void Keep_Large_HasAnArrayOfItsOwn()
    {
        InputSlabs.Keep(new byte[InputSlabs.LargestShared + 1], out _).Should().BeOfType<byte[]>();
        InputSlabs.Keep(new byte[InputSlabs.LargestShared], out _).Should().BeOfType<InputSlab>().Which.LetGo().Should().BeFalse();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task LetGo_ByOthersThanWhoKeeps_NobodyReadsWhatIsNotHis(CancellationToken cancellationToken)
    {
        var handover = System.Threading.Channels.Channel.CreateBounded<(byte Value, int Length, object Holder, int Start)>(64);
        var keepers = Enumerable.Range(1, 4).Select(seed => Task.Run(
            async () =>
            {
                var random = new Random(seed);
                for (var i = 0; i < 5_000; i++)
                {
                    var input = new byte[random.Next(1, 2_000)];
                    Array.Fill(input, (byte)i);
                    var holder = InputSlabs.Keep(input, out var start);
                    await handover.Writer.WriteAsync(((byte)i, input.Length, holder, start), cancellationToken);
                }
            },
            cancellationToken)).ToArray();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                await foreach (var (value, length, holder, start) in handover.Reader.ReadAllAsync(cancellationToken))
                {
                    Read(holder, start, length).Should().OnlyContain(each => each == value);
                    LetGo(holder);
                }
            },
            cancellationToken)).ToArray();
        await Task.WhenAll(keepers);
        handover.Writer.Complete();
        await Task.WhenAll(readers);
    }

    private static void Fill(byte[] input, int times)
    {
        for (var i = 0; i < times; i++)
        {
            LetGo(InputSlabs.Keep(input, out _));
        }
    }

    private static byte[] Read(object holder, int start, int length) =>
        holder is InputSlab slab ? slab.Read(start, length).ToArray() : (byte[])holder;

    private static void LetGo(object holder)
    {
        if (holder is InputSlab slab)
        {
            InputSlabs.LetGo(slab);
        }
    }
}
