using System.Net.Mime;
using System.Text.Json.Nodes;
using Ingress.Api.Authentication;
using Ingress.Api.Playground;
using Microsoft.Extensions.Options;

namespace Ingress.Api.AsyncApi;

/// <summary><c>GET /asyncapi.json</c>: the description of the WebSocket.</summary>
internal static class AsyncApiRoutes
{
    /// <summary>The document's name in the assembly.</summary>
    public const string FileName = "asyncapi.json";

    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void MapAsyncApi(this IEndpointRouteBuilder routes)
    {
        var file = EmbeddedFile.Read(FileName);
        var isOpen = !routes.ServiceProvider.GetRequiredService<IOptions<AuthOptions>>().Value.IsRequired;
        routes.MapGet("/asyncapi.json", (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-cache";
                return TypedResults.Text(Describe(file, context.Request, isOpen), MediaTypeNames.Application.Json);
            })
            .WithName("AsyncApi").WithTags("client").WithSummary("The description of what is said over the WebSocket (AsyncAPI 3).")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypeNames.Application.Json);
    }

    // Whoever reads it wants to connect to where it came from.
    private static string Describe(EmbeddedFile file, HttpRequest request, bool isOpen)
    {
        var document = JsonNode.Parse(file.Content);
        if (document?["servers"]?["here"] is JsonObject server)
        {
            server["host"] = request.Host.HasValue ? request.Host.Value : (string?)server["host"];
            server["protocol"] = request.IsHttps ? "wss" : "ws";
            if (isOpen)
            {
                server.Remove("security");
            }
        }

        return document?.ToJsonString() ?? string.Empty;
    }
}
