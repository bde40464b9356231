using System.Net.Http.Headers;
using Ingress.Tests.Support;

namespace Ingress.Tests.Api;

[TestFixture, NonParallelizable]
internal sealed class SecretTests
{
    private const string Payload = "payload-7f3a";
    private const string Output = "output-c05d";
    private const string HandlerError = "error-e91b";
    private const string WrongKey = "wrong-key-1b2c";
    private const string RunPodKey = "runpod-key-44ee";

    [Test, CancelAfter(30_000)]
    public async Task Everything_LoggedTracedAndCounted_HoldsNoSecretAndNoPayload(CancellationToken cancellationToken)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var server = await IngressServer.StartAsync(
            [
                .. Keys.Settings, .. receiver.Settings, .. EverythingLogged(),
                ("Simulator:ApiKey", RunPodKey),
            ]);
        var ticket = await TicketAsync(server, cancellationToken);
        (await UpgradeRequest.SendAsync(server, cancellationToken, $"?access_token={WrongKey}")).Dispose();
        (await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Authorization", $"Bearer {WrongKey}"))).Dispose();
        (await server.Http.GetAsync(new Uri($"/ws?access_token={Keys.Client}", UriKind.Relative), cancellationToken)).Dispose();
        (await server.Http.GetAsync(new Uri($"/nothing?access_token={Keys.Client}", UriKind.Relative), cancellationToken)).Dispose();
        var resumeToken = await ConverseAsync(new Uri($"{server.WebSocketAddress}?ticket={ticket}"), cancellationToken);
        await ConverseAsync(new Uri($"{server.WebSocketAddress}?access_token={Keys.Client}"), cancellationToken);
        var metrics = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
        await server.DisposeAsync();

        server.Logs.Lines.Count.Should().BeGreaterThan(50, "what is looked through must be there");
        receiver.Of("traces").Should().Contain("ingress process");
        receiver.Of("logs").Should().NotBeEmpty();
        string[] places =
        [
            string.Join('\n', server.Logs.Lines.Select(static line => line.Everything)),
            receiver.Of("traces"), receiver.Of("metrics"), receiver.Of("logs"), metrics,
        ];
        foreach (var secret in new[] { Keys.Client, Keys.Operator, WrongKey, RunPodKey, ticket, resumeToken, Payload, Output, HandlerError })
        {
            places.Should().OnlyContain(place => !place.Contains(secret), $"'{secret}' is nobody's business");
        }
    }

    private static IEnumerable<(string Key, string? Value)> EverythingLogged() =>
        new[] { "Default", "Microsoft.AspNetCore", "Microsoft.Hosting.Lifetime", "Microsoft.AspNetCore.Hosting.Diagnostics", "System" }
            .Select(static category => ($"Logging:LogLevel:{category}", (string?)"Trace"));

    private static async Task<string> ConverseAsync(Uri address, CancellationToken cancellationToken)
    {
        await using var client = await TestClient.ConnectAsync(address, cancellationToken);
        var opened = await client.ReceiveEventAsync("session.opened", cancellationToken);
        await client.SendRequestAsync("r", Payload, cancellationToken);
        (await client.ReceiveEventAsync("request.output", cancellationToken)).GetProperty("output").ToString().Should().Contain(Payload);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        await client.SendAsync(
            $$$$"""{"type":"request","id":"p","input":{"simulate":{"handler":"plain","output":"{{{{Output}}}}"}}}""", cancellationToken);
        (await client.ReceiveEventAsync("request.completed", cancellationToken)).GetProperty("output").ToString().Should().Contain(Output);
        await client.SendAsync($$$$"""{"type":"request","id":"f","input":{"simulate":{"error":"{{{{HandlerError}}}}"}}}""", cancellationToken);
        (await client.ReceiveEventAsync("request.failed", cancellationToken)).ToString().Should().Contain(HandlerError);
        await client.SendAsync($"no json {Payload}", cancellationToken);
        await client.ReceiveEventAsync("error", cancellationToken);
        return opened.GetProperty("resumeToken").GetString()!;
    }

    private static async Task<string> TicketAsync(IngressServer server, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tickets");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Keys.Operator);
        using var response = await server.Http.SendAsync(request, cancellationToken);
        return (await response.ReadJsonAsync(cancellationToken)).GetProperty("ticket").GetString()!;
    }
}
