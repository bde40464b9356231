using System.Net;
using System.Net.Sockets;
using Ingress.Pipeline.Connections;
using Ingress.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class UpgradeTests
{
    [Test, CancelAfter(20_000)]
    public async Task Get_NotAnUpgrade_Answers426WithTheProtocolToUse(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        using var response = await server.Http.GetAsync(new Uri("/ws", UriKind.Relative), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
        response.Headers.Upgrade.ToString().Should().Be("websocket");
        response.Headers.Connection.Should().Contain("Upgrade");
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await response.ReadJsonAsync(cancellationToken)).GetProperty("status").GetInt32().Should().Be(426);
    }

    [Test, CancelAfter(30_000)]
    public async Task Handshake_TricklingIn_IsCutOff(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, cancellationToken);
        await socket.GetStream().WriteAsync("GET /ws HTTP/1.1\r\nHost: a\r\n"u8.ToArray(), cancellationToken);

        using var answer = new StreamReader(socket.GetStream());
        var text = await answer.ReadToEndAsync(cancellationToken);

        text.Should().StartWith("HTTP/1.1 408");
    }

    [Test, CancelAfter(20_000)]
    public async Task Post_BodyLargerThanAnyRouteNeeds_IsRefused(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tickets") { Content = new ByteArrayContent(new byte[70_000]) };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Keys.Client}");

        using var response = await server.Http.SendAsync(request, cancellationToken);

        // The route reads no body, so nothing is kept of it; what matters is that the connection does not take it in without end.
        response.StatusCode.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge);
        server.Get<IOptions<KestrelServerOptions>>().Value.Limits.MaxRequestBodySize.Should().Be(64 << 10);
    }

    [TestCase(null, null, HttpStatusCode.SwitchingProtocols, TestName = "Origin_NoneSent_Passes")]
    [TestCase("http://{host}", null, HttpStatusCode.SwitchingProtocols, TestName = "Origin_Same_Passes")]
    [TestCase("https://{host}", null, HttpStatusCode.SwitchingProtocols, TestName = "Origin_SameBehindTlsProxy_Passes")]
    [TestCase("http://evil.example", null, HttpStatusCode.Forbidden, TestName = "Origin_OtherHost_IsRefused")]
    [TestCase("http://127.0.0.1:1", null, HttpStatusCode.Forbidden, TestName = "Origin_OtherPort_IsRefused")]
    [TestCase("http://{host}.evil.example", null, HttpStatusCode.Forbidden, TestName = "Origin_HostAsPrefix_IsRefused")]
    [TestCase("null", null, HttpStatusCode.Forbidden, TestName = "Origin_Null_IsRefused")]
    [TestCase("garbage", null, HttpStatusCode.Forbidden, TestName = "Origin_Garbage_IsRefused")]
    [TestCase("http://evil.example", "*", HttpStatusCode.SwitchingProtocols, TestName = "Origin_AllAllowed_Passes")]
    [TestCase("https://chat.example", "https://chat.example", HttpStatusCode.SwitchingProtocols, TestName = "Origin_Listed_Passes")]
    [TestCase("https://CHAT.example:443", "https://chat.example", HttpStatusCode.SwitchingProtocols, TestName = "Origin_ListedWithPort_Passes")]
    [TestCase("http://chat.example", "https://chat.example", HttpStatusCode.Forbidden, TestName = "Origin_ListedOtherScheme_IsRefused")]
    [TestCase("http://{host}", "https://chat.example", HttpStatusCode.Forbidden, TestName = "Origin_SameButNotListed_IsRefused")]
    [CancelAfter(20_000)]
    public async Task Upgrade_ByOrigin_IsDecided(string? origin, string? allowed, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(allowed is null ? [] : [("WebSocket:AllowedOrigins:0", allowed)]);
        (string, string)[] headers = origin is null
            ? []
            : [("Origin", origin.Replace("{host}", server.Address.Authority, StringComparison.Ordinal))];

        using var response = await UpgradeRequest.SendAsync(server, cancellationToken, headers: headers);

        response.StatusCode.Should().Be(expected);
        if (expected == HttpStatusCode.Forbidden)
        {
            response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
            var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
            metrics.Should().MatchRegex("""ingress_requests_rejected_total\{[^}]*error_type="origin_not_allowed"[^}]*\} 1""");
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_AsManyOpenAsMayBe_Answers503AndServesAgainAfterOneLeft(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("WebSocket:MaxConnections", "1"));
        var first = await server.ConnectAsync(cancellationToken);

        using (var refused = await UpgradeRequest.SendAsync(server, cancellationToken))
        {
            refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.Zero);
            refused.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        }

        await first.CloseAsync(cancellationToken);
        await server.Http.PollJsonAsync(
            "/status", static status => status.GetProperty("connections").GetProperty("active").GetInt32() == 0, cancellationToken);
        await using var second = await server.ConnectAsync(cancellationToken);
        (await second.ReceiveEventAsync(cancellationToken)).GetProperty("type").GetString().Should().Be("session.opened");
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_RefusedInEveryWay_HoldsNoPlace(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. Keys.Settings, ("WebSocket:MaxConnections", "1")]);

        (await UpgradeRequest.SendAsync(server, cancellationToken)).Dispose();
        (await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Origin", "http://evil.example"))).Dispose();
        (await server.Http.GetAsync(new Uri("/ws", UriKind.Relative), cancellationToken)).Dispose();

        server.Get<ConnectionHandler>().Active.Should().Be(0);
    }

    [TestCase("ingress.v1", "ingress.v1")]
    [TestCase("chat, ingress.v1", "ingress.v1")]
    [TestCase("chat.v2", null)]
    [TestCase("Ingress.V1", null)]
    [TestCase(null, null)]
    [CancelAfter(20_000)]
    public async Task Upgrade_BySubprotocol_ChoosesOnlyItsOwn(string? offered, string? chosen, CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        (string, string)[] headers = offered is null ? [] : [("Sec-WebSocket-Protocol", offered)];

        using var response = await UpgradeRequest.SendAsync(server, cancellationToken, headers: headers);

        response.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols);
        if (chosen is null)
        {
            response.Headers.Contains("Sec-WebSocket-Protocol").Should().BeFalse();
        }
        else
        {
            response.Headers.GetValues("Sec-WebSocket-Protocol").Should().Equal(chosen);
        }
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_CompressionOffered_IsNotTaken(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        using var response = await UpgradeRequest.SendAsync(
            server, cancellationToken, headers: ("Sec-WebSocket-Extensions", "permessage-deflate"));

        response.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols);
        response.Headers.Contains("Sec-WebSocket-Extensions").Should().BeFalse();
        response.Headers.Contains("Server").Should().BeFalse();
    }
}
