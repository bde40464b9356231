using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class ControlTests
{
    [Test, CancelAfter(20_000)]
    public async Task Change_SomeSettings_LeavesTheOthersAndTakesEffect(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => (o.MaxWorkers, o.ApiKey) = (0, "key"));
        var id = await server.RunAsync(cancellationToken: cancellationToken);

        var settings = await server.CallAsync(
            HttpMethod.Patch, "/_control", """{"maxWorkers":2,"latency":5,"idleTimeout":"00:00:09","scaler":"requestCount"}""", cancellationToken);

        settings.Int("maxWorkers").Should().Be(2);
        settings.Str("latency").Should().Be("00:00:00.0050000");
        settings.Str("apiKey").Should().Be("***");
        (await server.ReadStreamAsync(id, cancellationToken)).State.Should().Be("COMPLETED", "the key is still the old one");
        server.Engine.Options.IdleTimeout.Should().Be(TimeSpan.FromSeconds(9));
        server.Engine.Options.Scaler.Should().Be(SimulatedScaler.RequestCount);
    }

    [Test, CancelAfter(20_000)]
    public async Task Change_OneEndpoint_LeavesTheOthers(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        await server.PostAsync("/_control?endpoint=broken", """{"throttled":3}""", cancellationToken);

        (await server.GetAsync("/v2/broken/health", cancellationToken)).GetProperty("workers").Int("throttled").Should().Be(3);
        (await server.GetAsync("/v2/ep/health", cancellationToken)).GetProperty("workers").Int("throttled").Should().Be(0);
        (await server.GetAsync("/_control?endpoint=broken", cancellationToken)).Int("throttled").Should().Be(3);
    }

    [TestCase("""{"maxWorkers":-1}""", "Simulator:MaxWorkers is '-1': must be between 0 and 1000")]
    [TestCase("""{"coldStart":"soon"}""", "a time is written")]
    [TestCase("""{"nonsense":1}""", "nonsense")]
    [TestCase("[]", "object")]
    [TestCase("{", "JSON")]
    [CancelAfter(20_000)]
    public async Task Change_BadSetting_Is400AndSaysWhy(string body, string why, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        using var response = await server.SendAsync(HttpMethod.Post, "/_control", body, cancellationToken);

        ((int)response.StatusCode).Should().Be(400);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Replace("\\u0027", "'", StringComparison.Ordinal).Should().Contain(why);
    }

    [Test, CancelAfter(20_000)]
    public async Task Faults_AddedListedAndCleared_HitInBetween(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        await server.PostAsync("/_control/faults", """{"operation":"health","kind":"status","status":429,"retryAfter":2000}""", cancellationToken);
        await server.PostAsync("/_control/faults", """[{"operation":"run","kind":"resetBefore"}]""", cancellationToken);

        (await server.CodeAsync(HttpMethod.Get, "/v2/ep/health", null, cancellationToken)).Should().Be(429);
        var list = await server.GetAsync("/_control/faults", cancellationToken);
        list.GetArrayLength().Should().Be(2);
        list[0].Int("hits").Should().Be(1);
        (await server.CodeAsync(HttpMethod.Delete, "/_control/faults", null, cancellationToken)).Should().Be(204);
        (await server.CodeAsync(HttpMethod.Get, "/v2/ep/health", null, cancellationToken)).Should().Be(200);
    }

    [TestCase("""{"operation":"walk"}""", "Simulator:Faults:0:Operation is 'walk': must be one of *, run, ")]
    [TestCase("""{"kind":"sulk"}""", "kind")]
    [CancelAfter(20_000)]
    public async Task Faults_BadRule_Is400(string body, string why, CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();

        using var response = await server.SendAsync(HttpMethod.Post, "/_control/faults", body, cancellationToken);

        ((int)response.StatusCode).Should().Be(400);
        (await response.Content.ReadAsStringAsync(cancellationToken)).Replace("\\u0027", "'", StringComparison.Ordinal).Should().Contain(why);
    }

    [Test, CancelAfter(20_000)]
    public async Task JobsStatsCrashAndReset_TellAndForgetWhatHappened(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync(o => o.MinWorkers = 1);
        var id = await server.RunAsync("""{"prompt":"a b"}""", cancellationToken);
        await server.ReadStreamAsync(id, cancellationToken);

        var job = (await server.GetAsync("/_control/jobs?endpoint=ep", cancellationToken)).EnumerateArray().Single();
        var stats = (await server.GetAsync("/_control/stats", cancellationToken)).GetProperty("ep");
        var crashed = await server.PostAsync("/_control/crash?endpoint=ep&count=5", null, cancellationToken);
        var workers = (await server.GetAsync("/v2/ep/health", cancellationToken)).GetProperty("workers");
        var reset = await server.CodeAsync(HttpMethod.Post, "/_control/reset", null, cancellationToken);

        job.Str("id").Should().Be(id);
        job.GetProperty("history").EnumerateArray().Select(m => m.Str("status")).Should().Equal("IN_QUEUE", "IN_PROGRESS", "COMPLETED");
        job.GetProperty("input").GetRawText().Should().Be("""{"prompt":"a b"}""");
        stats.GetProperty("operations").GetProperty("run").Int("calls").Should().Be(1);
        crashed.Int("crashed").Should().Be(1);
        workers.Int("unhealthy").Should().Be(1);
        reset.Should().Be(204);
        (await server.GetAsync("/_control/jobs", cancellationToken)).GetArrayLength().Should().Be(0);
        (await server.CodeAsync(HttpMethod.Get, $"/v2/ep/status/{id}", null, cancellationToken)).Should().Be(404);
    }
}
