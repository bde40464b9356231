using System.Net;
using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Simulation;

/// <summary>Each kind of fault over HTTP, and what the call did all the same.</summary>
[TestFixture]
public sealed class FaultTests
{
    [TestCase(false, 0)]
    [TestCase(true, 1)]
    [CancelAfter(20_000)]
    public async Task Status_OnRun_GivesTheCodeAndTakesTheJobOnlyIfProcessed(bool processed, int jobs, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new()
        {
            Operation = "run", Kind = SimulatorFaultKind.Status, Status = 503, RetryAfter = TimeSpan.FromSeconds(3), Processed = processed,
        });

        using var response = await server.SendAsync(HttpMethod.Post, "/v2/ep/run", """{"input":{}}""", cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(3));
        server.Engine.Jobs().Should().HaveCount(jobs);
    }

    [TestCase(SimulatorFaultKind.ResetBefore, 0)]
    [TestCase(SimulatorFaultKind.ResetAfter, 1)]
    [CancelAfter(20_000)]
    public async Task Reset_OnRun_AbortsBeforeOrAfterTheJobIsTaken(SimulatorFaultKind kind, int jobs, CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new() { Operation = "run", Kind = kind });

        var call = () => server.RunAsync(cancellationToken: cancellationToken);

        await call.Should().ThrowAsync<HttpRequestException>();
        server.Engine.Jobs().Should().HaveCount(jobs);
    }

    [Test, CancelAfter(20_000)]
    public async Task ResetAfter_OnStream_LosesTheChunks(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new() { Operation = "stream", Kind = SimulatorFaultKind.ResetAfter, Count = 1 });
        var id = await server.RunAsync(cancellationToken: cancellationToken);

        var call = () => server.GetAsync($"/v2/ep/stream/{id}", cancellationToken);

        await call.Should().ThrowAsync<HttpRequestException>();
        (await server.GetAsync($"/v2/ep/stream/{id}", cancellationToken)).Words().Should().BeEmpty();
    }

    [Test, CancelAfter(20_000)]
    public async Task LostChunks_OnStream_AnswersWithoutThem(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new() { Operation = "stream", Kind = SimulatorFaultKind.LostChunks, Count = 1 });
        var id = await server.RunAsync(cancellationToken: cancellationToken);

        var first = await server.GetAsync($"/v2/ep/stream/{id}", cancellationToken);
        var second = await server.GetAsync($"/v2/ep/stream/{id}", cancellationToken);

        (first.Str("status"), first.Words(), second.Words()).Should().Be(("COMPLETED", "", ""));
        var job = server.Engine.Jobs().Single();
        (job.ChunksMade, job.ChunksRead).Should().Be((3, 3));
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    [CancelAfter(20_000)]
    public async Task Hang_OnRun_AnswersNothingUntilItsTimeIsUp(bool processed, int jobs, CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(
            new() { Operation = "run", Kind = SimulatorFaultKind.Hang, Delay = TimeSpan.FromMinutes(1), Processed = processed }, time);
        var call = server.RunAsync(cancellationToken: cancellationToken);
        await OpenAsync(server, SimulatedOperation.Run, cancellationToken);

        call.IsCompleted.Should().BeFalse();
        await AdvanceUntilAsync(time, call, cancellationToken);

        await call.Invoking(task => task).Should().ThrowAsync<HttpRequestException>();
        server.Engine.Jobs().Should().HaveCount(jobs);
    }

    [Test, CancelAfter(20_000)]
    public async Task Delay_OnHealth_AnswersLater(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(
            new() { Operation = "health", Kind = SimulatorFaultKind.Delay, Delay = TimeSpan.FromSeconds(5) }, time);
        var call = server.GetAsync("/v2/ep/health", cancellationToken);
        await OpenAsync(server, SimulatedOperation.Health, cancellationToken);

        call.IsCompleted.Should().BeFalse();
        await AdvanceUntilAsync(time, call, cancellationToken);

        (await call).Names().Should().Be("jobs workers");
    }

    [Test, CancelAfter(20_000)]
    public async Task Truncate_OnStatus_SendsHalfAndBreaksOff(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new() { Operation = "status", Kind = SimulatorFaultKind.Truncate });
        var id = await server.RunAsync(cancellationToken: cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/ep/status/{id}");

        using var response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var received = new byte[10];
        await body.ReadExactlyAsync(received, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        received.Should().StartWith("{\"delay"u8.ToArray());
        var rest = () => body.CopyToAsync(Stream.Null, cancellationToken);
        await rest.Should().ThrowAsync<IOException>();
    }

    [Test, CancelAfter(20_000)]
    public async Task Html_OnHealth_IsAProxysPage(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new() { Operation = "health", Kind = SimulatorFaultKind.Html });

        using var response = await server.SendAsync(HttpMethod.Get, "/v2/ep/health", null, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
    }

    [Test, CancelAfter(20_000)]
    public async Task Garbage_OnHealth_Is200ButNoJson(CancellationToken cancellationToken)
    {
        await using var server = await StartAsync(new() { Operation = "health", Kind = SimulatorFaultKind.Garbage });

        using var response = await server.SendAsync(HttpMethod.Get, "/v2/ep/health", null, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        var parse = async () => Answers.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        await parse.Should().ThrowAsync<System.Text.Json.JsonException>();
    }

    [Test]
    public void Pick_SkipCountAndAfter_LimitWhichCallsAreHit()
    {
        var time = new FakeTimeProvider();
        var faults = new SimulatorFaults(time, new SimulatorDice(1));
        faults.Add([new() { Operation = "run", Skip = 2, Count = 2, After = TimeSpan.FromSeconds(10) }]);

        Hits(faults, 5).Should().Be(".....", "it sleeps");
        time.Advance(TimeSpan.FromSeconds(10));
        Hits(faults, 6).Should().Be("..xx..");
        faults.List().Single().Hits.Should().Be(2);
    }

    [Test]
    public void Pick_OperationAndEndpoint_MustMatch()
    {
        var faults = new SimulatorFaults(TimeProvider.System, new SimulatorDice(1));
        faults.Add([new() { Operation = "*", Endpoint = "a" }, new() { Operation = "Status-Sync" }]);

        faults.Pick(SimulatedOperation.Cancel, "a").Should().NotBeNull();
        faults.Pick(SimulatedOperation.Cancel, "b").Should().BeNull();
        faults.Pick(SimulatedOperation.StatusSync, "b").Should().NotBeNull();
        faults.Clear();
        faults.Pick(SimulatedOperation.Cancel, "a").Should().BeNull();
    }

    [Test]
    public void Pick_Probability_IsRepeatedByTheSeed()
    {
        Pattern(3).Should().Be(Pattern(3)).And.Contain("x").And.Contain(".");
        Pattern(3).Should().NotBe(Pattern(4));

        static string Pattern(int seed)
        {
            var faults = new SimulatorFaults(TimeProvider.System, new SimulatorDice(seed));
            faults.Add([new() { Operation = "run", Probability = 0.5 }]);
            return Hits(faults, 64);
        }
    }

    private static string Hits(SimulatorFaults faults, int calls) =>
        string.Concat(Enumerable.Range(0, calls).Select(_ => faults.Pick(SimulatedOperation.Run, "ep") is null ? '.' : 'x'));

    private static Task<SimulatorServer> StartAsync(SimulatorFault fault, TimeProvider? time = null) =>
        SimulatorServer.StartAsync(o => o.Faults = [fault], time);

    // The call is counted a moment before its delay begins, so one step of the clock might come too early.
    private static async Task AdvanceUntilAsync(FakeTimeProvider time, Task call, CancellationToken cancellationToken)
    {
        while (!call.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }

    // Nothing outside tells that a call has arrived and hangs: its count does. Yielding lets the server get there.
    private static async Task OpenAsync(SimulatorServer server, SimulatedOperation operation, CancellationToken cancellationToken)
    {
        while (server.Engine.Endpoint("ep").Stats().Of(operation).Faults == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
