namespace Ingress.Tests.Support;

/// <summary>Asks for the WebSocket the way a browser does, and hands out the answer, which a WebSocket client would hide.</summary>
internal static class UpgradeRequest
{
    /// <summary>Sends the request.</summary>
    /// <param name="server">The service.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="query">Goes behind <c>/ws</c>, with its question mark.</param>
    /// <param name="headers">Further headers.</param>
    /// <returns>The answer; 101 where the upgrade was accepted.</returns>
    public static Task<HttpResponseMessage> SendAsync(
        IngressServer server, CancellationToken cancellationToken, string query = "", params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/ws" + query);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd("websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
