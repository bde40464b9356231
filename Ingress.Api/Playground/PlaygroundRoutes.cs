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
            MapFile(web, $"/{name}", name);
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
        web.MapMethods("/", [HttpMethods.Get, HttpMethods.Head], (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return page.Serve(context);
        }).ExcludeFromDescription();
        var settings = Settings(web.Services.GetRequiredService<IOptions<AuthOptions>>().Value);
        web.MapGet("/playground/settings.json", () => TypedResults.Bytes(settings, MediaTypeNames.Application.Json)).ExcludeFromDescription();
        foreach (var name in typeof(PlaygroundRoutes).Assembly.GetManifestResourceNames())
        {
            if (name.StartsWith("playground/", StringComparison.Ordinal) && !name.EndsWith(".html", StringComparison.Ordinal))
            {
                MapFile(web, $"/{name}", name);
            }
        }
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

    private static void MapFile(WebApplication web, string path, string name)
    {
        var file = EmbeddedFile.Read(name);
        web.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], (HttpContext context) => file.Serve(context)).ExcludeFromDescription();
    }
}
