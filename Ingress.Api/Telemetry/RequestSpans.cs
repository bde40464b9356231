using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Ingress.Api.Telemetry;

/// <summary>
/// Completes the spans of requests, which ASP.NET Core begins with the conventions' attributes and ends without route and status; and
/// keeps what machines ask every few seconds out of the traces.
/// </summary>
internal static class RequestSpans
{
    private static readonly PathString[] Quiet = ["/health", "/metrics", "/status"];

    /// <summary>Adds the middleware.</summary>
    /// <param name="web">The application.</param>
    public static void UseRequestSpans(this WebApplication web) => web.Use(static next =>
        context => Of(context) is { } activity ? DescribedAsync(context, activity, next) : next(context));

    /// <summary>Ends the span of a request that goes on as a connection: it would last as long as that.</summary>
    /// <param name="context">The request, answered.</param>
    public static void End(HttpContext context)
    {
        Describe(context);
        Of(context)?.Stop();
    }

    private static async Task DescribedAsync(HttpContext context, Activity activity, RequestDelegate next)
    {
        if (Array.Exists(Quiet, path => context.Request.Path.StartsWithSegments(path)))
        {
            QuietSpans.Drop(activity);
        }

        await next(context);
        Describe(context);
    }

    private static void Describe(HttpContext context)
    {
        if (Of(context) is not { IsStopped: false, IsAllDataRequested: true } activity)
        {
            return;
        }

        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        activity.DisplayName = $"{activity.GetTagItem("http.request.method") ?? "HTTP"} {route}".TrimEnd();
        activity.SetTag("http.route", route);
        activity.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Activity? Of(HttpContext context) => context.Features.Get<IHttpActivityFeature>()?.Activity;
}
