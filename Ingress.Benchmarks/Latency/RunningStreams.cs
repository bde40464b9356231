using Ingress.Api.Hosting;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Ingress.Benchmarks.Latency;

/// <summary>Makes waiting requests into running jobs whose output this process makes up.</summary>
internal static class RunningStreams
{
    /// <summary>Waits until so many requests wait, and gives what a job's follower would tell them.</summary>
    public static async Task<IJobObserver[]> TakeOverAsync(IngressApplication service, int count)
    {
        var services = service.Web.Services;
        var queue = services.GetRequiredService<LaneCatalog>().All[0].Queue;
        while (queue.Length < count)
        {
            await Task.Delay(10);
        }

        var metrics = services.GetRequiredService<IngressMetrics>();
        var requests = services.GetRequiredService<SessionRegistry>().All.SelectMany(static session => session.Live()).ToArray();
        return [.. requests.Where(static request => request.TryBeginDispatch() && request.TryBeginRun())
            .Select(request => new JobEvents(request, metrics, TimeProvider.System))];
    }
}
