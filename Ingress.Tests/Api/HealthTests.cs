using System.Net;
using System.Text;
using System.Text.Json;
using Ingress.Pipeline.Lifecycle;
using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class HealthTests
{
    [Test, CancelAfter(20_000)]
    public async Task Health_Always_AnswersTheExactText(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        using var response = await server.Http.GetAsync(new Uri("/health", UriKind.Relative), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/plain");
        (await response.Content.ReadAsByteArrayAsync(cancellationToken))
            .Should().Equal(Encoding.ASCII.GetBytes("Trugen Infra Ingress running."));
    }

    [Test, CancelAfter(20_000)]
    public async Task Live_Running_Answers200(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        using var response = await server.Http.GetAsync(new Uri("/health/live", UriKind.Relative), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [TestCase("/health"), TestCase("/health/live"), TestCase("/health/ready"), CancelAfter(20_000)]
    public async Task Head_OfEachRoute_AnswersAsGetWithoutBody(string route, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        using var get = await server.Http.GetAsync(new Uri(route, UriKind.Relative), cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Head, route);

        using var head = await server.Http.SendAsync(request, cancellationToken);

        head.StatusCode.Should().Be(get.StatusCode);
        head.Content.Headers.ContentType.Should().Be(get.Content.Headers.ContentType);
        (await head.Content.ReadAsByteArrayAsync(cancellationToken)).Should().BeEmpty();
    }

    [Test, CancelAfter(20_000)]
    public async Task Ready_RunPodCold_IsDegradedWithEachCheck(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("RunPod:Endpoints:large:EndpointId", ""));

        using var response = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        var ready = await response.ReadJsonAsync(cancellationToken);
        ready.GetProperty("status").GetString().Should().Be("degraded");
        ready.GetProperty("checks").EnumerateObject().Select(static check => check.Name)
            .Should().BeEquivalentTo("starting", "draining", "configuration", "runpod", "runpod:large");
    }

    [Test, CancelAfter(20_000)]
    public async Task Ready_WorkerFree_IsHealthy(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Simulator:InitialIdleWorkers", "2"));

        var ready = await server.Http.PollJsonAsync("/health/ready", static answer => StatusOf(answer) == "healthy", cancellationToken);

        ready.GetProperty("checks").GetProperty("runpod").GetProperty("description").GetString().Should().Be("ready");
    }

    [TestCase(401, "unauthorized")]
    [TestCase(403, "unauthorized")]
    [TestCase(404, "not_found")]
    [CancelAfter(20_000)]
    public async Task Ready_RunPodRefusesKeyOrId_Is503AndSaysSo(int status, string state, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(HealthAnswers(status));

        var ready = await server.Http.PollJsonAsync("/health/ready", static answer => StatusOf(answer) == "unhealthy", cancellationToken);

        ready.GetProperty("checks").GetProperty("configuration").GetProperty("status").GetString().Should().Be("unhealthy");
        ready.GetProperty("checks").GetProperty("runpod").GetProperty("description").GetString().Should().StartWith(state);
        using var response = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
        response.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        var status2 = await server.Http.GetJsonAsync("/status", cancellationToken);
        status2.GetProperty("runpod").GetProperty("state").GetString().Should().Be(state);
        status2.GetProperty("runpod").GetProperty("error").GetString().Should().NotBeNullOrEmpty();
    }

    [Test, CancelAfter(20_000)]
    public async Task Ready_OneOfTwoEndpointsRefused_IsDegraded(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            [.. HealthAnswers(401), ("Simulator:Faults:0:Endpoint", "large"), ("RunPod:Endpoints:large:EndpointId", "")]);

        var ready = await server.Http.PollJsonAsync(
            "/health/ready",
            static answer => answer.GetProperty("checks").GetProperty("configuration").GetProperty("status").GetString() != "healthy",
            cancellationToken);

        StatusOf(ready).Should().Be("degraded");
        ready.GetProperty("checks").GetProperty("configuration").GetProperty("description").GetString().Should().EndWith(": large");
    }

    [Test, CancelAfter(20_000)]
    public async Task Ready_RunPodUnavailable_Is200Degraded(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(HealthAnswers(503));

        var ready = await server.Http.PollJsonAsync(
            "/health/ready",
            static answer => answer.GetProperty("checks").GetProperty("runpod").GetProperty("description").GetString()!
                .StartsWith("unavailable", StringComparison.Ordinal),
            cancellationToken);

        StatusOf(ready).Should().Be("degraded");
    }

    [Test, CancelAfter(20_000)]
    public async Task Ready_Draining_Is503WhileTheListenerStaysOpen(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Simulator:FirstChunkDelay", "00:01:00"));
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.SendRequestAsync("long", "never ends", cancellationToken);
        await client.ReceiveEventAsync("request.dispatched", cancellationToken);

        var stopping = server.StopAsync(cancellationToken);

        (await client.ReceiveEventAsync("session.closing", cancellationToken)).GetProperty("retryAfterMs").GetInt64().Should().BePositive();
        using var ready = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await ready.ReadJsonAsync(cancellationToken)).GetProperty("checks").GetProperty("draining").GetProperty("status").GetString()
            .Should().Be("unhealthy");
        (await server.Http.GetStringAsync(new Uri("/health", UriKind.Relative), cancellationToken)).Should().Be("Trugen Infra Ingress running.");
        using var upgrade = await UpgradeRequest.SendAsync(server, cancellationToken);
        upgrade.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        upgrade.Headers.RetryAfter.Should().NotBeNull();

        server.Get<DrainCoordinator>().Hurry();
        (await client.ReceiveEventAsync("request.cancelled", cancellationToken)).GetProperty("reason").GetString().Should().Be("shutdown");
        (await client.ReceiveCloseAsync(cancellationToken)).Should().Be(System.Net.WebSockets.WebSocketCloseStatus.EndpointUnavailable);
        await client.CloseAsync(cancellationToken);
        await stopping;
    }

    private static (string Key, string? Value)[] HealthAnswers(int status) =>
    [
        ("Simulator:Faults:0:Operation", "health"),
        ("Simulator:Faults:0:Kind", "Status"),
        ("Simulator:Faults:0:Status", status.ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static string? StatusOf(JsonElement ready) => ready.GetProperty("status").GetString();
}
