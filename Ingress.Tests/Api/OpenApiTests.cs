using Ingress.Tests.Support;
using Microsoft.AspNetCore.Routing;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class OpenApiTests
{
    [Test, CancelAfter(20_000)]
    public async Task Document_Served_ListsExactlyTheRoutes(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        var document = await server.Http.GetJsonAsync("/openapi/v1.json", cancellationToken);

        var described = document.GetProperty("paths").EnumerateObject().SelectMany(static path =>
            path.Value.EnumerateObject().Select(verb => $"{verb.Name.ToUpperInvariant()} {path.Name}"));
        described.Should().BeEquivalentTo(Served(server));
        described.Should().Contain(["GET /ws", "GET /health", "GET /health/ready", "GET /status", "GET /metrics", "POST /tickets", "POST /admin/drain"]);
    }

    [Test, CancelAfter(20_000)]
    public async Task Document_StatusRoute_HasTheMembersThatAreServed(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        var document = await server.Http.GetJsonAsync("/openapi/v1.json", cancellationToken);
        var status = await server.Http.GetJsonAsync("/status", cancellationToken);

        var schema = document.GetProperty("components").GetProperty("schemas").GetProperty("StatusReply").GetProperty("properties");
        schema.EnumerateObject().Select(static property => property.Name)
            .Should().BeEquivalentTo(status.EnumerateObject().Select(static member => member.Name).Append("endpoints"));
    }

    [Test, CancelAfter(20_000)]
    public async Task Document_UpgradeRoute_TellsEachRefusal(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        var document = await server.Http.GetJsonAsync("/openapi/v1.json", cancellationToken);

        document.GetProperty("paths").GetProperty("/ws").GetProperty("get").GetProperty("responses").EnumerateObject()
            .Select(static response => response.Name).Should().BeEquivalentTo("101", "401", "403", "426", "503");
    }

    private static IEnumerable<string> Served(IngressServer server) =>
        server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(static endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true })
            .Select(static endpoint => (
                Path: "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace(":guid", string.Empty, StringComparison.Ordinal),
                Methods: endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]))
            .SelectMany(static route => route.Methods.Where(static method => method != "CONNECT").Select(method => $"{method} {route.Path}"));
}
