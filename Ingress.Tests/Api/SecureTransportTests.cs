using System.Net;
using System.Net.WebSockets;
using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class SecureTransportTests
{
    [TestCase("1.1")]
    [TestCase("2.0")]
    [CancelAfter(30_000)]
    public async Task Conversation_OverTls_WorksInEachHttpVersion(string version, CancellationToken cancellationToken)
    {
        using var certificate = new TestCertificate();
        await using var server = await IngressServer.StartAsync(certificate.Settings);
        using var invoker = new HttpMessageInvoker(certificate.CreateHandler());

        await using var client = await TestClient.ConnectAsync(
            server.WebSocketAddress,
            cancellationToken,
            configure: options =>
            {
                options.HttpVersion = Version.Parse(version);
                options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            },
            invoker: invoker);

        // Larger than the plain routes' limit for bodies, which a message is not.
        await client.SendRequestAsync("r", new string('x', 300_000), cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        client.Socket.SubProtocol.Should().Be(TestClient.V1);
        client.Socket.HttpStatusCode.Should().Be(version == "2.0" ? HttpStatusCode.OK : HttpStatusCode.SwitchingProtocols);
        await client.CloseAsync(cancellationToken);
        client.Socket.CloseStatus.Should().Be(WebSocketCloseStatus.NormalClosure);
    }

    [Test, CancelAfter(30_000)]
    public async Task Get_NotAnUpgradeOverHttp2_Answers426WithoutConnectionHeaders(CancellationToken cancellationToken)
    {
        using var certificate = new TestCertificate();
        await using var server = await IngressServer.StartAsync(certificate.Settings);
        using var http = new HttpClient(certificate.CreateHandler())
        {
            BaseAddress = server.Address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await http.GetAsync(new Uri("/ws", UriKind.Relative), cancellationToken);

        response.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
        response.Headers.Upgrade.Should().BeEmpty();
    }
}
