using System.Net;
using System.Net.Http.Headers;
using Ingress.Tests.Support;
using Microsoft.Extensions.Hosting;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class AdminTests
{
    private static readonly (HttpMethod Method, string Path)[] Routes =
    [
        (HttpMethod.Get, "/admin/requests"),
        (HttpMethod.Post, "/admin/requests/0198e1a2-0000-7000-8000-000000000000/r/cancel"),
        (HttpMethod.Post, "/admin/pause"),
        (HttpMethod.Post, "/admin/resume"),
        (HttpMethod.Post, "/admin/drain"),
    ];

    [Test, CancelAfter(20_000)]
    public async Task AnyRoute_NoAdminKeyConfigured_Is404(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Auth:ApiKeys:0", Keys.Digest(Keys.Client)));

        foreach (var (method, path) in Routes)
        {
            using var response = await SendAsync(server, method, path, Keys.Client, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.NotFound, path);
        }
    }

    [TestCase(null, HttpStatusCode.Unauthorized)]
    [TestCase("wrong", HttpStatusCode.Unauthorized)]
    [TestCase(Keys.Client, HttpStatusCode.Forbidden)]
    [CancelAfter(20_000)]
    public async Task AnyRoute_WithoutTheRight_IsRefused(string? key, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        foreach (var (method, path) in Routes)
        {
            using var response = await SendAsync(server, method, path, key, cancellationToken);
            response.StatusCode.Should().Be(expected, path);
            response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        }

        server.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested.Should().BeFalse();
    }

    [Test, CancelAfter(20_000)]
    public async Task Pause_ThenListCancelAndResume_DoWhatTheySay(CancellationToken cancellationToken)
    {
        // With a single worker, so that jobs end in the order in which they are handed over.
        await using var server = await IngressServer.StartAsync([.. Keys.Settings, ("RunPod:MaxWorkers", "1"), ("Simulator:MaxWorkers", "1")]);
        await using var client = await ConnectAsync(server, cancellationToken);
        var session = (await client.ReceiveEventAsync("session.opened", cancellationToken)).GetProperty("sessionId").GetString();

        var paused = await OkAsync(server, HttpMethod.Post, "/admin/pause", cancellationToken);
        paused.GetProperty("paused").EnumerateArray().Single().GetString().Should().Be("default");
        foreach (var id in new[] { "a", "b", "c" })
        {
            await client.SendRequestAsync(id, "hello", cancellationToken);
            await client.ReceiveEventAsync("request.queued", cancellationToken);
        }

        var list = await OkAsync(server, HttpMethod.Get, "/admin/requests?limit=2", cancellationToken);
        list.GetProperty("requests").EnumerateArray().Select(static r => r.GetProperty("id").GetString()).Should().Equal("a", "b");
        var first = list.GetProperty("requests")[0];
        first.GetProperty("state").GetString().Should().Be("queued");
        first.GetProperty("sessionId").GetString().Should().Be(session);
        first.GetProperty("position").GetInt32().Should().Be(1);
        list.ToString().Should().NotContain("hello");

        using (var cancelled = await SendAsync(
            server, HttpMethod.Post, $"/admin/requests/{session}/b/cancel", Keys.Operator, cancellationToken))
        {
            cancelled.StatusCode.Should().Be(HttpStatusCode.Accepted);
        }

        (await client.ReceiveEventAsync("request.cancelled", cancellationToken)).GetProperty("id").GetString().Should().Be("b");
        (await OkAsync(server, HttpMethod.Post, "/admin/resume?endpoint=default", cancellationToken))
            .GetProperty("paused").GetArrayLength().Should().Be(0);

        (await client.ReceiveEventAsync("request.completed", cancellationToken)).GetProperty("id").GetString().Should().Be("a");
        (await client.ReceiveEventAsync("request.completed", cancellationToken)).GetProperty("id").GetString().Should().Be("c");
    }

    [TestCase("GET", "/admin/requests?limit=0", HttpStatusCode.BadRequest)]
    [TestCase("GET", "/admin/requests?limit=many", HttpStatusCode.BadRequest)]
    [TestCase("POST", "/admin/pause?endpoint=none", HttpStatusCode.NotFound)]
    [TestCase("POST", "/admin/requests/0198e1a2-0000-7000-8000-000000000000/r/cancel", HttpStatusCode.NotFound)]
    [TestCase("POST", "/admin/requests/no-guid/r/cancel", HttpStatusCode.NotFound)]
    [TestCase("GET", "/admin/drain", HttpStatusCode.MethodNotAllowed)]
    [CancelAfter(20_000)]
    public async Task Route_BadInput_IsAnsweredAsProblem(string method, string path, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        using var response = await SendAsync(server, new HttpMethod(method), path, Keys.Operator, cancellationToken);

        response.StatusCode.Should().Be(expected);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Test, CancelAfter(20_000)]
    public async Task Drain_Asked_StopsTheServiceAsASignalDoes(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = server.Get<IHostApplicationLifetime>().ApplicationStopping.Register(() => stopping.TrySetResult());

        using var response = await SendAsync(server, HttpMethod.Post, "/admin/drain", Keys.Operator, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Accepted);
        await stopping.Task.WaitAsync(cancellationToken);
    }

    private static Task<TestClient> ConnectAsync(IngressServer server, CancellationToken cancellationToken) => TestClient.ConnectAsync(
        server.WebSocketAddress, cancellationToken, configure: static o => o.SetRequestHeader("Authorization", $"Bearer {Keys.Client}"));

    private static async Task<System.Text.Json.JsonElement> OkAsync(
        IngressServer server, HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(server, method, path, Keys.Operator, cancellationToken);
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        return await response.ReadJsonAsync(cancellationToken);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        IngressServer server, HttpMethod method, string path, string? key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await server.Http.SendAsync(request, cancellationToken);
    }
}
