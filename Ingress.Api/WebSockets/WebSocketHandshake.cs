using System.Security.Cryptography;
using System.Text;
using Ingress.Pipeline.Frames;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Ingress.Api.WebSockets;

/// <summary>Answers the handshake of a request that ASP.NET Core has found to ask for a WebSocket, and takes its connection over.</summary>
internal static class WebSocketHandshake
{
    // RFC 6455, section 1.3.
    private static readonly byte[] Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.ToArray();

    /// <summary>Accepts: 101 over HTTP/1.1, 200 over HTTP/2 (RFC 8441).</summary>
    /// <param name="context">The request.</param>
    /// <param name="subProtocol">What was agreed on; null for nothing.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The socket, which the caller disposes.</returns>
    public static async Task<FrameWebSocket> AcceptAsync(HttpContext context, string? subProtocol, TimeProvider time)
    {
        var headers = context.Response.Headers;
        if (subProtocol is not null)
        {
            headers.SecWebSocketProtocol = subProtocol;
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return Over(context, await connect.AcceptAsync(), subProtocol, time);
        }

        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        headers.Connection = HeaderNames.Upgrade;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = AnswerTo(context.Request.Headers.SecWebSocketKey.ToString());
        return Over(context, await upgrade.UpgradeAsync(), subProtocol, time);
    }

    private static FrameWebSocket Over(HttpContext context, Stream stream, string? subProtocol, TimeProvider time)
    {
        // They would be kept as long as the connection, and nobody asks for them any more.
        context.Request.Headers.Clear();
        return new FrameWebSocket(stream, subProtocol, context.Abort, time);
    }

    /// <summary>Proves to the client that its handshake was understood.</summary>
    /// <param name="key">Its key: 24 characters of Base64.</param>
    /// <returns>The value of <c>Sec-WebSocket-Accept</c>.</returns>
    internal static string AnswerTo(string key)
    {
        Span<byte> text = stackalloc byte[60];
        var length = Encoding.ASCII.GetBytes(key.Trim(), text);
        Guid.CopyTo(text[length..]);
        Span<byte> digest = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // the protocol prescribes SHA-1, and nothing secret depends on it
        SHA1.HashData(text[..(length + Guid.Length)], digest);
#pragma warning restore CA5350
        return Convert.ToBase64String(digest);
    }
}
