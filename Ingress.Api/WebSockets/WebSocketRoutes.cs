namespace Ingress.Api.WebSockets;

/// <summary><c>GET /ws</c>.</summary>
internal static class WebSocketRoutes
{
    // HTTP/2 asks for a WebSocket with an extended CONNECT (RFC 8441).
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Connect];

    /// <summary>Adds what the route needs.</summary>
    /// <param name="services">The host's services.</param>
    public static void AddWebSocketEndpoint(this IServiceCollection services)
    {
        services.AddSingleton<OriginPolicy>();
        services.AddSingleton<WebSocketEndpoint>();
    }

    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void MapWebSocket(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<WebSocketEndpoint>();
        routes.MapMethods("/ws", Methods, (Delegate)((HttpContext context) => endpoint.HandleAsync(context)))
            .WithName("WebSocket")
            .WithTags("client")
            .WithSummary("The WebSocket; /asyncapi.json describes what is said over it.")
            .Produces(StatusCodes.Status101SwitchingProtocols)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status426UpgradeRequired)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ShortCircuit();
    }
}
