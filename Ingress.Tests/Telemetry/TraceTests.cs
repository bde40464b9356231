using Ingress.Pipeline.Operations;
using Ingress.Tests.Support;

namespace Ingress.Tests.Telemetry;

/// <summary>One trace tells one request's life, whatever becomes of it.</summary>
[TestFixture, NonParallelizable]
internal sealed class TraceTests
{
    private const string ClientTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string ClientSpan = "00f067aa0ba902b7";

    // The clock of a span that begins in the past is put together from two.
    private const long Tolerance = 5_000_000;

    [Test, CancelAfter(30_000)]
    public async Task Completed_IsOneTraceFromTheClientsSpanToTheEnd(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(cancellationToken);
        await run.SendAsync("""{"prompt":"one two three"}""", cancellationToken);
        await run.Client.ReceiveEventAsync("request.completed", cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        var process = Lived(trace, "completed");
        process.IsError.Should().BeFalse();
        process.Events.Should().Equal("ingress.first_output");
        process.Attributes.Should().ContainKeys("runpod.job.id", "runpod.worker.id", "ingress.request.id", "ingress.session.id");
        var calls = Calls(trace, process);
        calls[0].Name.Should().Be("POST /{endpoint}/run");
        calls[0].Start.Should().BeGreaterThanOrEqualTo(trace.Single(static span => span.Name == "ingress wait").End - Tolerance);
        calls.Skip(1).Should().OnlyContain(span => span.Start >= calls[0].End).And.Contain(static span => span.Name == "GET /{endpoint}/stream/{job}");
        calls.Should().OnlyContain(static span => span.Attributes["http.response.status_code"] == "200");
    }

    [Test, CancelAfter(30_000)]
    public async Task CancelledWhileQueued_EndsWithItsWait(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(cancellationToken);
        run.Pause();
        await run.SendAsync("""{"prompt":"one"}""", cancellationToken);
        await run.CancelAsync(cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        var process = Lived(trace, "cancelled");
        process.Attributes["ingress.cancel.reason"].Should().Be("client");
        process.IsError.Should().BeFalse();
        Calls(trace, process).Should().BeEmpty("RunPod never heard of it");
    }

    [Test, CancelAfter(30_000)]
    public async Task CancelledWhileRunning_HasTheCallThatCancelledIt(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(cancellationToken);
        await run.SendAsync("""{"prompt":"one two three four","simulate":{"chunkDelayMs":2000}}""", cancellationToken);
        await run.Client.ReceiveEventAsync("request.output", cancellationToken);
        await run.CancelAsync(cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        var process = Lived(trace, "cancelled");
        process.Attributes["ingress.cancel.reason"].Should().Be("client");
        Calls(trace, process).Should().ContainSingle(static span => span.Name == "POST /{endpoint}/cancel/{job}");
    }

    [Test, CancelAfter(30_000)]
    public async Task Expired_EndsWithItsWait(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(cancellationToken);
        run.Pause();
        await run.SendAsync("""{"prompt":"one"}""", cancellationToken, maxWaitMs: 300);
        await run.Client.ReceiveEventAsync("request.cancelled", cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        var process = Lived(trace, "expired");
        (process.End - process.Start).Should().BeGreaterThan(290_000_000, "the waiting is the length of the span");
        Calls(trace, process).Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Failed_IsAnErrorWithItsCodeAndWithoutItsText(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(cancellationToken);
        await run.SendAsync("""{"prompt":"one","simulate":{"error":"text-of-the-handler"}}""", cancellationToken);
        await run.Client.ReceiveEventAsync("request.failed", cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        var process = Lived(trace, "failed");
        process.IsError.Should().BeTrue();
        process.Attributes["error.type"].Should().Be("job_failed");
        trace.SelectMany(static span => span.Attributes.Values).Should().NotContain(static value => value.Contains("text-of-the-handler"));
    }

    [Test, CancelAfter(30_000)]
    public async Task TurnedAway_TellsTheAttemptAndThenTheRest(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(
            cancellationToken, ("Simulator:Faults:0:Operation", "run"), ("Simulator:Faults:0:Status", "429"), ("Simulator:Faults:0:Count", "1"));
        await run.SendAsync("""{"prompt":"one"}""", cancellationToken);
        await run.Client.ReceiveEventAsync("request.completed", cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        var attempt = trace.Single(static span => span.Name == "ingress attempt");
        trace.Single(span => span.ParentId == attempt.SpanId && span.Name == "POST /{endpoint}/run").Attributes["http.response.status_code"]
            .Should().Be("429");
        attempt.Attributes.Should().NotContainKey("ingress.outcome");
        trace.Where(static span => span.Name == "ingress process").Should().ContainSingle().Which.Attributes["ingress.outcome"].Should().Be("completed");
    }

    [Test, CancelAfter(30_000)]
    public async Task LongStream_TellsItsFirstReadsAndCountsTheRest(CancellationToken cancellationToken)
    {
        await using var run = await TraceRun.StartAsync(cancellationToken);
        await run.SendAsync("""{"simulate":{"chunks":30,"chunkDelayMs":20}}""", cancellationToken);
        await run.Client.ReceiveEventAsync("request.completed", cancellationToken);

        var trace = await run.TraceAsync(cancellationToken);

        trace.Count(static span => span.Name == "GET /{endpoint}/stream/{job}").Should().Be(5);
        int.Parse(Lived(trace, "completed").Attributes["runpod.stream.reads"], System.Globalization.CultureInfo.InvariantCulture)
            .Should().BeGreaterThan(5);
    }

    /// <summary>Checks what every request's trace has, and gives the span of its life.</summary>
    private static OtlpSpan Lived(IReadOnlyList<OtlpSpan> trace, string outcome)
    {
        trace.Should().OnlyContain(static span => span.Service == "infra-ingress");
        var receive = trace.Single(static span => span.Name == "ingress receive");
        var process = trace.Single(static span => span.Name == "ingress process");
        var wait = trace.Single(static span => span.Name == "ingress wait");
        receive.ParentId.Should().Be(ClientSpan);
        process.ParentId.Should().Be(receive.SpanId);
        wait.ParentId.Should().Be(process.SpanId);
        wait.Attributes["ingress.wait.reason"].Should().NotBeEmpty();
        process.Attributes["ingress.outcome"].Should().Be(outcome);
        process.Attributes["runpod.endpoint"].Should().Be("default");
        process.Start.Should().BeGreaterThanOrEqualTo(receive.Start - Tolerance);
        wait.Start.Should().BeCloseTo(process.Start, (ulong)Tolerance);
        wait.End.Should().BeLessThanOrEqualTo(process.End + Tolerance);
        trace.Where(static span => span.Name != "ingress receive").Should().OnlyContain(span => span.End <= process.End + Tolerance);
        return process;
    }

    private static OtlpSpan[] Calls(IReadOnlyList<OtlpSpan> trace, OtlpSpan process)
    {
        var calls = trace.Where(static span => !span.Name.StartsWith("ingress", StringComparison.Ordinal)).ToArray();
        calls.Where(span => span.ParentId != process.SpanId).Should().BeEmpty();
        return calls;
    }

    /// <summary>A service whose telemetry is collected, and a client of it that has a trace of its own.</summary>
    private sealed class TraceRun(Collector collector, IngressServer server, TestClient client) : IAsyncDisposable
    {
        public TestClient Client => client;

        public static async Task<TraceRun> StartAsync(CancellationToken cancellationToken, params (string Key, string? Value)[] settings)
        {
            var collector = await Collector.StartAsync();
            var server = await IngressServer.StartAsync([.. collector.Settings, .. settings]);
            return new TraceRun(collector, server, await server.ConnectAsync(cancellationToken));
        }

        public void Pause() => server.Get<PipelineOperations>().SetPaused(null, true);

        public async Task SendAsync(string input, CancellationToken cancellationToken, int maxWaitMs = 20_000)
        {
            await client.SendAsync(
                $$"""{"type":"request","id":"r","input":{{input}},"maxWaitMs":{{maxWaitMs}},"traceparent":"00-{{ClientTrace}}-{{ClientSpan}}-01"}""",
                cancellationToken);
            var queued = await client.ReceiveEventAsync("request.queued", cancellationToken);
            queued.GetProperty("traceId").GetString().Should().Be(ClientTrace);
        }

        public async Task CancelAsync(CancellationToken cancellationToken)
        {
            await client.SendAsync("""{"type":"cancel","id":"r"}""", cancellationToken);
            await client.ReceiveEventAsync("request.cancelled", cancellationToken);
        }

        public async Task<IReadOnlyList<OtlpSpan>> TraceAsync(CancellationToken cancellationToken)
        {
            var trace = await collector.TraceAsync(ClientTrace, cancellationToken);
            await collector.UntilAsync(static each => each.Logs.Any(static line => line.Event == "RequestEnded"), cancellationToken);
            var lines = collector.Logs.Where(static line => line.Event is "RequestQueued" or "RequestDispatched" or "RequestEnded").ToArray();
            lines.Should().OnlyContain(static line => line.TraceId == ClientTrace);
            lines.Select(static line => line.SpanId).Should().BeSubsetOf(trace.Select(static span => span.SpanId));
            lines.Select(static line => line.Event).Should().ContainInOrder("RequestQueued", "RequestEnded");
            collector.ContentTypes.Should().OnlyContain(static type => type == "application/x-protobuf");
            return trace;
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await server.DisposeAsync();
            await collector.DisposeAsync();
        }
    }
}
