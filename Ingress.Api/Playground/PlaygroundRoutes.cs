using System.Net.Mime;
using System.Text.Json;
using Ingress.Api.Authentication;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Playground;

/// <summary>The client module, which is always there, and the page that shows what it does, where it is switched on.</summary>
internal static class PlaygroundRoutes
{
    /// <summary>Everything from here and nothing inline; only the styles of single elements are set, by script.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private const string Folder = "playground/";

    private static readonly string[] ClientFiles = ["ingress-client.js", "ingress-request.js", "ingress-client.d.ts"];

    /// <summary>Adds what the routes need.</summary>
    /// <param name="services">The host's services.</param>
    public static void AddPlayground(this IServiceCollection services) =>
        services.AddOptions<PlaygroundOptions>().BindConfiguration(PlaygroundOptions.SectionName);

    /// <summary>Maps the routes.</summary>
    /// <param name="web">The application.</param>
    public static void MapPlayground(this WebApplication web)
    {
        foreach (var name in ClientFiles)
        {
            MapClientFile(web, name);
        }

        var options = web.Services.GetRequiredService<IOptions<PlaygroundOptions>>().Value;
        if (options.Enabled ?? web.Environment.IsDevelopment())
        {
            MapPage(web);
        }
    }

    private static void MapPage(WebApplication web)
    {
        var page = EmbeddedFile.Read("playground/index.html");
        web.MapGet("/", (HttpContext context) =>
            {
                context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
                context.Response.Headers["Referrer-Policy"] = "no-referrer";
                return page.Serve(context);
            })
            .WithName("Playground").WithTags("playground").WithSummary("A page to try the service out.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypeNames.Text.Html);

        var parts = typeof(PlaygroundRoutes).Assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(static name => name[Folder.Length..], EmbeddedFile.Read, StringComparer.Ordinal);
        web.MapGet("/playground/{part}", (HttpContext context, string part) =>
                parts.TryGetValue(part, out var file) ? file.Serve(context) : TypedResults.NotFound())
            .WithName("PlaygroundPart").WithTags("playground").WithSummary("What the page is made of.")
            .Produces(StatusCodes.Status200OK).Produces(StatusCodes.Status404NotFound);

        var settings = Settings(web.Services.GetRequiredService<IOptions<AuthOptions>>().Value);
        web.MapGet("/playground/settings.json", () => TypedResults.Bytes(settings, MediaTypeNames.Application.Json))
            .WithName("PlaygroundSettings").WithTags("playground").WithSummary("What the page has to know before it connects.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypeNames.Application.Json);
    }

    // What the page has to know before it connects: a browser does not tell a page why an upgrade was refused.
    private static byte[] Settings(AuthOptions auth)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("keyNeeded"u8, auth.IsRequired);
            json.WriteBoolean("operators"u8, auth.AdminKeys.Count > 0);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void MapClientFile(IEndpointRouteBuilder routes, string name)
    {
        var file = EmbeddedFile.Read(name);
        routes.MapGet($"/{name}", (HttpContext context) => file.Serve(context))
            .WithName(name).WithTags("client").WithSummary("Part of the client for browsers and Node: an ES module, and its types.")
            .Produces(StatusCodes.Status200OK, contentType: file.ContentType);
    }
}
