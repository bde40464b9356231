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
            document.Servers?.Clear();
            return Task.CompletedTask;
        }));
}
