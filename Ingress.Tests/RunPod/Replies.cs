using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Ingress.Tests.RunPod;

/// <summary>What a scripted RunPod answers.</summary>
internal static class Replies
{
    public static RequestDelegate Json(string json) => context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    };

    public static RequestDelegate Stream(string status, params string[] chunks) =>
        Json($$"""{"status":"{{status}}","stream":[{{string.Join(',', chunks.Select(static c => $$"""{"output":{{c}}}"""))}}]}""");

    /// <summary>Holds an empty reply back as RunPod does: for as long as the client allows.</summary>
    public static RequestDelegate Held(string status) => async context =>
    {
        await Task.Delay(int.Parse(context.Request.Query["wait"]!, CultureInfo.InvariantCulture), context.RequestAborted)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Stream(status)(context);
    };

    public static RequestDelegate Status(int code, string? retryAfter = null, string body = "{}") => context =>
    {
        context.Response.StatusCode = code;
        if (retryAfter is not null)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        return context.Response.WriteAsync(body);
    };

    public static RequestDelegate Html() => context =>
    {
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync("<html><body>Bad gateway</body></html>");
    };

    /// <summary>Takes the request and resets the connection.</summary>
    public static RequestDelegate Reset() => static context =>
    {
        context.Abort();
        return Task.CompletedTask;
    };

    /// <summary>Says that more will come than comes.</summary>
    public static RequestDelegate Truncated(string json) => async context =>
    {
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(json) + 100;
        await context.Response.WriteAsync(json);
        await context.Response.Body.FlushAsync();
        context.Abort();
    };

    /// <summary>Never answers.</summary>
    public static RequestDelegate Hang() => static context =>
        Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);

    /// <summary>Answers when the test says so.</summary>
    public static RequestDelegate When(Task signal, RequestDelegate then) => async context =>
    {
        await signal.WaitAsync(context.RequestAborted);
        await then(context);
    };

    public static RequestDelegate Health(
        int running = 0, int idle = 0, int initializing = 0, int throttled = 0, int unhealthy = 0, int inProgress = 0, int inQueue = 0) => Json(
        $$$"""{"jobs":{"completed":1,"failed":0,"inProgress":{{{inProgress}}},"inQueue":{{{inQueue}}},"retried":0},"workers":{"idle":{{{idle}}},"initializing":{{{initializing}}},"ready":{{{idle}}},"running":{{{running}}},"throttled":{{{throttled}}},"unhealthy":{{{unhealthy}}}}}""");
}
