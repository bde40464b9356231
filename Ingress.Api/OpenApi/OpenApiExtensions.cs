using System.Net.Mime;
using Microsoft.OpenApi;

namespace Ingress.Api.OpenApi;

/// <summary>The description of the plain routes, at <c>/openapi/v1.json</c>.</summary>
internal static class OpenApiExtensions
{
    /// <summary>Adds the document.</summary>
    /// <param name="services">The host's services.</param>
    public static void AddIngressOpenApi(this IServiceCollection services) => services.AddOpenApi(static options =>
        options.AddDocumentTransformer(static (document, _, _) =>
        {
            document.Info.Title = "Infra Ingress";
            document.Info.Description = "A WebSocket front door that queues conversation requests for RunPod GPU endpoints.";

            // Whichever address the document was fetched from is not where the service is.
            document.Servers?.Clear();
            document.Paths.Add("/metrics", Metrics());
            return Task.CompletedTask;
        }));

    /// <summary>Describes the scrape route, which a middleware serves and so is not found by itself.</summary>
    private static OpenApiPathItem Metrics() => new()
    {
        Operations = new Dictionary<HttpMethod, OpenApiOperation>
        {
            [HttpMethod.Get] = new()
            {
                OperationId = "Metrics",
                Summary = "The metrics in Prometheus' text format.",
                Responses = new OpenApiResponses
                {
                    ["200"] = new OpenApiResponse
                    {
                        Description = "OK",
                        Content = new Dictionary<string, OpenApiMediaType>
                        {
                            [MediaTypeNames.Text.Plain] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                        },
                    },
                },
            },
        },
    };
}
