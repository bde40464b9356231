using Ingress.Api.Admin;
using Ingress.Api.AsyncApi;
using Ingress.Api.Authentication;
using Ingress.Api.Health;
using Ingress.Api.OpenApi;
using Ingress.Api.Playground;
using Ingress.Api.Serialization;
using Ingress.Api.Status;
using Ingress.Api.Telemetry;
using Ingress.Api.WebSockets;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Hosting;

/// <summary>The HTTP side of the service.</summary>
internal static class FrontDoorExtensions
{
    /// <summary>Adds what the routes need.</summary>
    /// <param name="builder">The host's builder.</param>
    public static void AddFrontDoor(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJsonContext.Default));
        services.AddProblemDetails();
        services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = false); // a bad query is 400 in Development too
        services.AddIngressAuthentication();
        services.AddIngressHealthChecks();
        services.AddWebSocketEndpoint();
        services.AddIngressOpenApi();
        services.AddPlayground();
        services.AddSingleton<StopRequests>();
        services.AddHostedService(static provider => provider.GetRequiredService<StopRequests>());
        builder.AddTelemetry();
    }

    /// <summary>Maps the routes.</summary>
    /// <param name="web">The application.</param>
    public static void MapFrontDoor(this WebApplication web)
    {
        web.UseRequestSpans(); // outermost, so that it sees the status that is sent
        web.UseWebSockets();
        web.UseRouting(); // goes no further for the WebSocket: what follows would wait, and cost memory, for as long as a connection lasts
        web.UsePool();
        web.UseExceptionHandler();
        web.UseStatusCodePages();
        web.UseAuthentication();
        web.UseAuthorization();
        web.MapWebSocket();
        web.MapHealth();
        web.MapStatus();
        web.MapTickets();
        web.MapAdmin();
        web.MapTelemetry();
        web.MapOpenApi();
        web.MapAsyncApi();
        web.MapPlayground();
        var auth = web.Services.GetRequiredService<IOptions<AuthOptions>>().Value;
        if (!auth.IsRequired && !web.Environment.IsDevelopment())
        {
            StartupLog.DoorIsOpen(web.Logger, web.Environment.EnvironmentName);
        }
    }
}
