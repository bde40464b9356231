using System.Net;
using System.Net.Http.Headers;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class AuthenticationTests
{
    [TestCase(null, null, false, TestName = "Key_None_IsRefused")]
    [TestCase(Keys.Client, null, true, TestName = "Key_ClientInHeader_Passes")]
    [TestCase(null, Keys.Client, true, TestName = "Key_ClientInQuery_Passes")]
    [TestCase(Keys.Operator, null, true, TestName = "Key_Operator_MayConnectToo")]
    [TestCase("wrong", null, false, TestName = "Key_Wrong_IsRefused")]
    [TestCase(null, "wrong", false, TestName = "Key_WrongInQuery_IsRefused")]
    [TestCase("wrong", Keys.Client, false, TestName = "Key_HeaderWinsOverQuery_IsRefused")]
    [CancelAfter(20_000)]
    public async Task Upgrade_ByKey_IsDecided(string? header, string? query, bool passes, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        using var response = await UpgradeRequest.SendAsync(
            server,
            cancellationToken,
            query is null ? string.Empty : $"?access_token={query}",
            header is null ? [] : [("Authorization", $"Bearer {header}")]);

        response.StatusCode.Should().Be(passes ? HttpStatusCode.SwitchingProtocols : HttpStatusCode.Unauthorized);
        if (!passes)
        {
            response.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
            response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
            var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
            metrics.Should().MatchRegex("""ingress_requests_rejected_total\{[^}]*error_type="unauthorized"[^}]*\} 1""");
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_DigestInUpperCase_TakesTheKey(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Auth:ApiKeys:0", Keys.Digest(Keys.Client).ToUpperInvariant()));

        using var response = await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Authorization", $"Bearer {Keys.Client}"));

        response.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols);
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_DigestAsKey_IsRefused(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        using var response = await UpgradeRequest.SendAsync(
            server, cancellationToken, headers: ("Authorization", $"Bearer {Keys.Digest(Keys.Client)}"));

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test, CancelAfter(20_000)]
    public async Task Connect_WithKey_BelongsToTheKeysDigest(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);
        await using var client = await TestClient.ConnectAsync(
            server.WebSocketAddress, cancellationToken, configure: static o => o.SetRequestHeader("Authorization", $"Bearer {Keys.Client}"));
        await client.ReceiveEventAsync("session.opened", cancellationToken);

        var identity = server.Get<SessionRegistry>().All.Single().Identity;

        identity.Principal.Should().Be($"key:{Keys.Digest(Keys.Client)[..16]}");
        identity.IsAuthenticated.Should().BeTrue();
        identity.ExpiresAt.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task Connect_NothingConfigured_BelongsToTheAddress(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken);
        await client.ReceiveEventAsync("session.opened", cancellationToken);

        var identity = server.Get<SessionRegistry>().All.Single().Identity;

        identity.Principal.Should().Be("address:127.0.0.1");
        identity.IsAuthenticated.Should().BeFalse();
    }

    [Test, CancelAfter(20_000)]
    public async Task Connect_BehindATrustedProxy_BelongsToTheAddressThatItForwards(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("ForwardedHeaders_Enabled", "true"));
        await using var client = await TestClient.ConnectAsync(
            server.WebSocketAddress, cancellationToken, configure: static o => o.SetRequestHeader("X-Forwarded-For", "203.0.113.7"));
        await client.ReceiveEventAsync("session.opened", cancellationToken);

        server.Get<SessionRegistry>().All.Single().Identity.Principal.Should().Be("address:203.0.113.7");
    }

    [Test, CancelAfter(20_000)]
    public async Task Connect_OnlyOperatorKeysConfigured_ClosesTheDoorToo(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Auth:AdminKeys:0", Keys.Digest(Keys.Operator)));

        using var response = await UpgradeRequest.SendAsync(server, cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [TestCase("Production", false, true)]
    [TestCase("Production", true, false)]
    [TestCase("Development", false, false)]
    [CancelAfter(20_000)]
    public async Task Start_DoorOpen_WarnsOutsideDevelopment(string environment, bool withKeys, bool warns, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            [
                .. withKeys ? Keys.Settings : [],
                ("environment", environment),
                ("RunPod:BaseUrl", "http://127.0.0.1:9"), ("RunPod:EndpointId", "e"), ("RunPod:ApiKey", "k"),
            ]);

        cancellationToken.ThrowIfCancellationRequested();
        server.Logs.Lines.Any(static line => line.Level == LogLevel.Warning && line.Event.Name == "DoorIsOpen").Should().Be(warns);
    }

    [Test, CancelAfter(20_000)]
    public async Task PlainRoutes_KeysConfigured_StayOpenForProbesAndScrapers(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        foreach (var path in new[] { "/health", "/health/live", "/health/ready", "/status", "/metrics", "/openapi/v1.json" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
            using var response = await server.Http.SendAsync(request, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.OK, path);
        }
    }
}
