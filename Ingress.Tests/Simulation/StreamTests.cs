using System.Text;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class StreamTests
{
    [Test]
    public async Task Stream_ChunksBuffered_GivesEachOnceAndTheLastWithTheEnd()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"prompt":"one two three"}""");

        bench.Advance(2.17);
        var first = await bench.StreamAsync(id);
        bench.Advance(0.08);
        var second = await bench.StreamAsync(id);
        var third = await bench.StreamAsync(id);

        first.Names().Should().Be("status stream");
        (first.Str("status"), first.Words()).Should().Be(("IN_PROGRESS", "one two "));
        (second.Str("status"), second.Words()).Should().Be(("COMPLETED", "three"));
        (third.Str("status"), third.Words()).Should().Be(("COMPLETED", ""));
    }

    [Test]
    public async Task Stream_NothingBuffered_HoldsUntilTheNextChunk()
    {
        using var bench = new EndpointBench();
        var id = bench.Run();
        var pending = bench.StreamAsync(id);

        bench.Advance(2.07);
        pending.IsCompleted.Should().BeFalse();
        bench.Advance(0.01);

        (await pending).Words().Should().Be("one ");
    }

    [Test]
    public async Task Stream_NothingComes_AnswersEmptyWhenItsTimeIsUp()
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 0);
        var id = bench.Run();
        var pending = bench.StreamAsync(id, wait: 10);

        bench.Advance(9.9);
        pending.IsCompleted.Should().BeFalse();
        bench.Advance(0.1);

        var answer = await pending;
        (answer.Str("status"), answer.Outputs()).Should().BeEquivalentTo(("IN_QUEUE", Array.Empty<string>()));
    }

    [Test]
    public async Task Stream_PlainHandler_EndsEmptyAndTheOutputIsInTheStatus()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"prompt":"hi","simulate":{"handler":"plain"}}""");
        var pending = bench.StreamAsync(id);

        bench.Advance(3);

        var answer = await pending;
        (answer.Str("status"), answer.Words()).Should().Be(("COMPLETED", ""));
        bench.Status(id).Str("output").Should().Be("hi");
    }

    [Test]
    public async Task Stream_NoPrompt_GivesTheInputAsOneChunkByteForByte()
    {
        const string Input = """{ "b" : 1.50,"a":"\u00e9é<\/" ,"n":1e400 }""";
        using var bench = new EndpointBench();
        var id = bench.Run(Input);

        bench.Advance(5);

        var reply = await bench.Endpoint.StreamAsync(id, TimeSpan.Zero, lose: false, CancellationToken.None);
        reply.Text().Should().Be($$"""{"status":"COMPLETED","stream":[{"output":{{Input}}}]}""");
    }

    [Test]
    public async Task Stream_ReaderHungUp_LeavesTheChunksToTheNext()
    {
        using var bench = new EndpointBench();
        var id = bench.Run();
        using var hangUp = new CancellationTokenSource();
        var pending = bench.Endpoint.StreamAsync(id, TimeSpan.FromSeconds(10), lose: false, hangUp.Token).AsTask();

        await hangUp.CancelAsync();
        await pending.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        bench.Advance(10);

        (await bench.StreamAsync(id)).Words().Should().Be("one two three");
    }

    [Test]
    public async Task Stream_TwoReaders_EachChunkGoesToOneOfThem()
    {
        using var bench = new EndpointBench();
        var id = bench.Run("""{"prompt":"word"}""");
        var one = bench.StreamAsync(id);
        var two = bench.StreamAsync(id);

        bench.Advance(5);

        ((await one).Words() + (await two).Words()).Should().Be("word");
    }

    [Test]
    public async Task Stream_JobDeletedMeanwhile_Answers404()
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 0);
        var id = bench.Run("{}", """{"ttl":10000}""");
        var pending = bench.Endpoint.StreamAsync(id, TimeSpan.FromSeconds(60), lose: false, CancellationToken.None).AsTask();

        bench.Advance(11);

        (await pending).Status.Should().Be(404);
    }

    [Test]
    public async Task Stream_YieldOverOneMegabyte_IsSplitAndNothingIsLost()
    {
        var text = string.Concat(Enumerable.Repeat("é\\u00e9😀\\ud83d\\ude00x", 150_000));
        using var bench = new EndpointBench();
        var id = bench.Run($$"""{"prompt":"{{text}}"}""");

        bench.Advance(5);

        var outputs = (await bench.StreamAsync(id)).Outputs();
        outputs.Length.Should().BeGreaterThan(1);
        outputs.Should().OnlyContain(output => Encoding.UTF8.GetByteCount(output) <= 1024 * 1024);
        string.Concat(outputs.Select(output => output[1..^1])).Should().Be(text);
    }

    [Test]
    public void Stream_ManyOpenPolls_AreOneTimerAndEndTogether()
    {
        using var bench = new EndpointBench(o => o.MaxWorkers = 0);
        var polls = Enumerable.Range(0, 3_000).Select(_ => bench.StreamAsync(bench.Run(), wait: 30)).ToArray();

        bench.Advance(30);

        Task.WaitAll(polls, TimeSpan.FromSeconds(20)).Should().BeTrue();
    }
}
