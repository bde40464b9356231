using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class ConversationTests
{
    [Test, CancelAfter(20_000)]
    public async Task Request_V1AgainstSimulator_StreamsAndCompletes(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken);

        await client.SendRequestAsync("r1", "hello big world", cancellationToken);

        (await client.ReceiveEventAsync(cancellationToken)).GetProperty("type").GetString().Should().Be("session.opened");
        (await client.ReceiveEventAsync(cancellationToken)).GetProperty("type").GetString().Should().Be("request.queued");
        var completed = await client.ReceiveEventAsync("request.completed", cancellationToken);
        completed.GetProperty("id").GetString().Should().Be("r1");
        completed.GetProperty("output").ValueKind.Should().Be(JsonValueKind.Null);
        client.Socket.SubProtocol.Should().Be(TestClient.V1);
    }

    [Test, CancelAfter(20_000)]
    public async Task Request_NoSubprotocol_IsAcknowledgedWithTheExactText(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        await using var client = await server.ConnectAsync(cancellationToken, subprotocol: null);

        await client.SendAsync("""{"prompt":"hello"}""", cancellationToken);

        (await client.ReceiveTextAsync(cancellationToken)).Should().Be(TestClient.Acknowledgement);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        client.Socket.SubProtocol.Should().BeNull();
    }

    [Test, CancelAfter(20_000)]
    public async Task Connect_OnlyUnknownSubprotocols_IsServedPlainWithNoneChosen(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        var connecting = () => server.ConnectAsync(cancellationToken, subprotocol: "chat.v9");

        // .NET's own client takes an answer without a subprotocol for a refusal only where it asked for exactly one it insists on.
        await using var client = await connecting();

        client.Socket.SubProtocol.Should().BeNull();
        await client.SendAsync("""{"prompt":"hello"}""", cancellationToken);
        (await client.ReceiveTextAsync(cancellationToken)).Should().Be(TestClient.Acknowledgement);
    }
}
