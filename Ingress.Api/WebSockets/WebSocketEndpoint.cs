using System.Diagnostics;
using System.Globalization;
using Ingress.Api.Authentication;
using Ingress.Api.Problems;
using Ingress.Api.Telemetry;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Protocol;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Ingress.Api.WebSockets;

/// <summary>The front door itself: decides about an upgrade request, and hands the accepted socket to the pipeline.</summary>
internal sealed class WebSocketEndpoint(
    ConnectionHandler connections,
    DrainState drain,
    OriginPolicy origins,
    ClientAuthenticator authenticator,
    TimeProvider time)
{
    private const string Subprotocol = "ingress.v1";

    /// <summary>Answers a request for the WebSocket.</summary>
    /// <param name="context">The request.</param>
    /// <returns>A task that ends with the connection.</returns>
    public Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            return RefuseNoUpgradeAsync(context);
        }

        if (!origins.Allows(context.Request))
        {
            connections.Refused("origin_not_allowed");
            return Problem.WriteAsync(
                context, StatusCodes.Status403Forbidden, "Pages of this origin may not connect; WebSocket:AllowedOrigins lists those that may.");
        }

        if (drain.IsDraining)
        {
            connections.Refused(ErrorCode.Draining);
            return RefuseForNowAsync(context, "The service is stopping; another one takes over.");
        }

        // Nothing here waits for longer than it must: what waits for a connection's end takes memory for as long.
        var client = authenticator.AuthenticateAsync(context);
        return client.IsCompletedSuccessfully ? Serve(context, client.Result) : ServeAsync(context, client);
    }

    private async Task ServeAsync(HttpContext context, ValueTask<ClientIdentity?> client) => await Serve(context, await client);

    private Task Serve(HttpContext context, ClientIdentity? identity)
    {
        if (identity is null)
        {
            connections.Refused("unauthorized");
            return context.ChallengeAsync(IngressClaims.Scheme);
        }

        return connections.TryReserve()
            ? ServeReservedAsync(context, identity)
            : RefuseForNowAsync(context, "As many connections are open as may be.");
    }

    private async Task ServeReservedAsync(HttpContext context, ClientIdentity identity)
    {
        try
        {
            var isV1 = context.WebSockets.WebSocketRequestedProtocols.Contains(Subprotocol);
            using var socket = await WebSocketHandshake.AcceptAsync(context, isV1 ? Subprotocol : null, time);
            EndUpgrade(context);
            await connections.RunAsync(socket, isV1 ? WireProtocol.V1 : WireProtocol.Plain, identity);
        }
        finally
        {
            connections.Release();
        }
    }

    /// <summary>
    /// Ends the upgrade request's span and leaves its time out of the histogram of requests: both would last as long as the connection,
    /// and the span would become the parent of whatever the connection starts.
    /// </summary>
    private static void EndUpgrade(HttpContext context)
    {
        RequestSpans.End(context);
        Activity.Current = null;
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }
    }

    private Task RefuseNoUpgradeAsync(HttpContext context)
    {
        connections.Refused("upgrade_required");
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            // These belong to one connection, so HTTP/2 has no place for them.
            context.Response.Headers[HeaderNames.Upgrade] = "websocket";
            context.Response.Headers[HeaderNames.Connection] = "Upgrade, keep-alive";
        }

        context.Response.Headers[HeaderNames.SecWebSocketVersion] = "13";
        return Problem.WriteAsync(context, StatusCodes.Status426UpgradeRequired, "This is a WebSocket (RFC 6455, version 13): connect with ws:// or wss://.");
    }

    // Spread, so that those who were refused together do not come back together.
    private static Task RefuseForNowAsync(HttpContext context, string detail)
    {
        context.Response.Headers.RetryAfter = Random.Shared.Next(1, 6).ToString(CultureInfo.InvariantCulture);
        return Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, detail);
    }
}
