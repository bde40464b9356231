using System.Net.Http.Headers;
using System.Text;
using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Simulation;

/// <summary>The routes over HTTP: methods, codes and bodies.</summary>
[TestFixture]
public sealed class JobApiTests
{
    [Test, CancelAfter(20_000)]
    public async Task Run_AJob_IsQueuedStreamedAndFinished(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        var accepted = await server.PostAsync("/v2/ep/run", """{"input":{"prompt":"to be or not"},"webhook":"x","other":1}""", cancellationToken);

        accepted.Names().Should().Be("id status");
        accepted.Str("status").Should().Be("IN_QUEUE");
        accepted.Str("id").Should().MatchRegex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-u1$");
        (await server.ReadStreamAsync(accepted.Str("id"), cancellationToken)).Should().Be(("COMPLETED", "to be or not"));
        (await server.GetAsync($"/v2/ep/status/{accepted.Str("id")}", cancellationToken)).Str("status").Should().Be("COMPLETED");
    }

    [TestCase("status/{0}")]
    [TestCase("status-sync/{0}?wait=1000")]
    [TestCase("stream/{0}?wait=1000")]
    [CancelAfter(20_000)]
    public async Task Read_GetOrPost_BothAnswer(string path, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        var id = await server.RunAsync(cancellationToken: cancellationToken);
        var address = "/v2/ep/" + string.Format(System.Globalization.CultureInfo.InvariantCulture, path, id);

        (await server.GetAsync(address, cancellationToken)).Str("status").Should().Be("COMPLETED");
        (await server.PostAsync(address, null, cancellationToken)).Str("status").Should().Be("COMPLETED");
    }

    [Test, CancelAfter(20_000)]
    public async Task RunSync_PlainHandler_GivesTheOutput(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        var job = await server.PostAsync(
            "/v2/ep/runsync?wait=5000", """{"input":{"simulate":{"handler":"plain","output":[1, 2]}}}""", cancellationToken);

        job.Names().Should().Be("delayTime executionTime id output status workerId");
        job.GetProperty("output").GetRawText().Should().Be("[1, 2]");
    }

    [Test, CancelAfter(20_000)]
    public async Task Health_Always_HasFiveJobAndSixWorkerCountsAndReadyEqualsIdle(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => o.InitialIdleWorkers = 2);

        var health = await server.GetAsync("/v2/ep/health", cancellationToken);
        var metrics = await server.GetAsync("/v2/ep/metrics", cancellationToken);

        health.Names().Should().Be("jobs workers");
        health.GetProperty("jobs").Names().Should().Be("completed failed inProgress inQueue retried");
        health.GetProperty("workers").GetRawText().Should().Be(
            """{"idle":2,"initializing":0,"ready":2,"running":0,"throttled":0,"unhealthy":0}""");
        metrics.Names().Should().Be("readyWorkers workers");
    }

    [Test, CancelAfter(20_000)]
    public async Task Endpoints_SeveralIds_HaveQueuesOfTheirOwn(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        var id = await server.RunAsync(cancellationToken: cancellationToken);

        (await server.CodeAsync(HttpMethod.Get, $"/v2/other/status/{id}", null, cancellationToken)).Should().Be(404);
        (await server.GetAsync("/v2/other/health", cancellationToken)).GetProperty("jobs").Int("completed").Should().Be(0);
    }

    [TestCase(null, null, 401)]
    [TestCase(null, "", 401)]
    [TestCase(null, "Bearer anything", 200)]
    [TestCase(null, "anything", 200)]
    [TestCase("secret", "Bearer secret", 200)]
    [TestCase("secret", "secret", 200)]
    [TestCase("secret", "Bearer other", 401)]
    [CancelAfter(20_000)]
    public async Task Authorization_KeyAndHeader_DecideTheCode(string? key, string? header, int code, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => o.ApiKey = key);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Running.Address, "/v2/ep/health"));
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        using var anonymous = new HttpClient();
        using var response = await anonymous.SendAsync(request, cancellationToken);

        ((int)response.StatusCode).Should().Be(code);
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"input":null}""")]
    [TestCase("""{"input":{}} x""")]
    [TestCase("""{"\ud800":1}""")]
    [TestCase("""{"input":{},"policy":{"\ud800":1,"x":"\udc00"},"\ud800":5}""")]
    [TestCase("""{"input":{},"policy":5}""")]
    [TestCase("""{"input":{},"policy":{"ttl":9999}}""")]
    [TestCase("""{"input":{},"policy":{"ttl":604800001}}""")]
    [TestCase("""{"input":{},"policy":{"ttl":"10000"}}""")]
    [TestCase("""{"input":{},"policy":{"executionTimeout":4999}}""")]
    [TestCase("""{"input":{},"policy":{"executionTimeout":1e4,"ttl":10.5}}""")]
    [CancelAfter(20_000)]
    public async Task Run_BadRequest_Is400AndNoJob(string body, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        (await server.CodeAsync(HttpMethod.Post, "/v2/ep/run", body, cancellationToken)).Should().Be(400);

        server.Engine.Jobs().Should().BeEmpty();
    }

    [TestCase("run", 10)]
    [TestCase("runsync", 20)]
    [CancelAfter(60_000)]
    public async Task Run_Oversize_Is400(string operation, int megabytes, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        var frame = """{"input":{"simulate":{"handler":"plain","output":1},"x":""}}""";
        var room = megabytes * 1024 * 1024 - frame.Length;

        (await Send(room)).Should().Be(200);
        (await Send(room + 1)).Should().Be(400);

        async Task<int> Send(int length)
        {
            var body = frame.Replace("\"\"", $"\"{new string('x', length)}\"", StringComparison.Ordinal);
            using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
            using var response = await server.Http.PostAsync(new Uri($"/v2/ep/{operation}", UriKind.Relative), content, cancellationToken);
            return (int)response.StatusCode;
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task Run_ChunkedOversizeBody_Is400(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/ep/run")
        {
            Content = new StringContent($$"""{"input":"{{new string('x', 11 * 1024 * 1024)}}"}"""),
        };
        request.Headers.TransferEncodingChunked = true;

        using var response = await server.Http.SendAsync(request, cancellationToken);

        ((int)response.StatusCode).Should().Be(400);
    }

    [TestCase("GET", "status/x-u1")]
    [TestCase("GET", "status-sync/x-u1")]
    [TestCase("GET", "stream/x-u1")]
    [TestCase("POST", "cancel/x-u1")]
    [TestCase("POST", "retry/x-u1")]
    [CancelAfter(20_000)]
    public async Task AnyRead_UnknownJob_Is404(string method, string path, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        (await server.CodeAsync(new HttpMethod(method), "/v2/ep/" + path, null, cancellationToken)).Should().Be(404);
    }

    [Test, CancelAfter(20_000)]
    public async Task PurgeQueue_ThriceInTenSeconds_Is429UntilTheWindowHasPassed(CancellationToken cancellationToken)
    {
        var time = new FakeTimeProvider();
        await using var server = await SimulatorServer.StartAsync(o => o.RetryAfter = TimeSpan.FromSeconds(7), time);
        await Purge();
        await Purge();

        using var refused = await server.SendAsync(HttpMethod.Post, "/v2/ep/purge-queue", null, cancellationToken);
        time.Advance(TimeSpan.FromSeconds(10));
        var later = await Purge();

        ((int)refused.StatusCode).Should().Be(429);
        refused.Headers.RetryAfter.Should().Be(new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)));
        later.Should().Be(200);
        server.Engine.Endpoint("ep").Stats().Of(SimulatedOperation.PurgeQueue).TooMany.Should().Be(1);

        Task<int> Purge() => server.CodeAsync(HttpMethod.Post, "/v2/ep/purge-queue", null, cancellationToken);
    }

    [TestCase("/", "POST /v2/{endpointId}/run ")]
    [TestCase("/healthz", "ok")]
    [CancelAfter(20_000)]
    public async Task Root_NoKey_TellsWhatThereIs(string path, string expected, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        using var anonymous = new HttpClient();

        (await anonymous.GetStringAsync(new Uri(server.Running.Address, path), cancellationToken)).Should().Contain(expected);
    }

    [Test, CancelAfter(20_000)]
    public async Task Dispose_OpenLongPolls_EndsWithoutWaitingForThem(CancellationToken cancellationToken)
    {
        var server = await SimulatorServer.StartAsync(o => o.MaxWorkers = 0);
        var id = await server.RunAsync(cancellationToken: cancellationToken);
        var poll = server.CodeAsync(HttpMethod.Get, $"/v2/ep/stream/{id}?wait=300000", null, cancellationToken);

        while (server.Engine.Endpoint("ep").Stats().Of(SimulatedOperation.Stream).Open == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await server.Running.DisposeAsync();

        (await poll).Should().Be(404, "an open poll is answered, not cut off");
        await server.DisposeAsync();
    }
}
