using Microsoft.AspNetCore.Http.Features;

namespace Ingress.Api.Telemetry;

/// <summary>Keeps what machines ask every few seconds out of the traces.</summary>
internal static class QuietRoutes
{
    private static readonly PathString[] Paths = ["/health", "/metrics", "/status"];

    /// <summary>Adds the middleware.</summary>
    /// <param name="web">The application.</param>
    public static void UseQuietRoutes(this WebApplication web) => web.Use(static (context, next) =>
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity
            && Array.Exists(Paths, path => context.Request.Path.StartsWithSegments(path)))
        {
            QuietSpans.Drop(activity);
        }

        return next(context);
    });
}
