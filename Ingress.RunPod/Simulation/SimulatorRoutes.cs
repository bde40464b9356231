using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Simulation;

/// <summary>The simulator's addresses.</summary>
internal static class SimulatorRoutes
{
    private const string Help = """
        A simulated RunPod. Job API (Authorization: Bearer <any key, unless one is set>), any endpoint id:

          POST /v2/{endpointId}/run                     POST     /v2/{endpointId}/runsync?wait=ms
          GET  /v2/{endpointId}/status/{id}?ttl=ms      GET|POST /v2/{endpointId}/status-sync/{id}?wait=ms
          GET  /v2/{endpointId}/stream/{id}?wait=ms     POST     /v2/{endpointId}/cancel/{id}
          POST /v2/{endpointId}/retry/{id}              POST     /v2/{endpointId}/purge-queue
          GET  /v2/{endpointId}/health                  GET      /v2/{endpointId}/metrics

        Worker protocol, for RunPod's own worker SDK:

          GET  /v2/{endpointId}/job-take/{workerId}     GET      /v2/{endpointId}/job-take-batch/{workerId}?batch_size=n
          POST /v2/{endpointId}/job-stream/{workerId}/{id}  POST /v2/{endpointId}/job-done/{workerId}/{id}
          GET  /v2/{endpointId}/job-stop/{workerId}     GET      /v2/{endpointId}/ping/{workerId}

        Control (no key; ?endpoint=id for one endpoint):

          GET, PATCH  /_control                         settings
          GET, POST, DELETE /_control/faults            fault rules
          GET  /_control/jobs, /_control/stats          what happened
          POST /_control/crash?endpoint=id&count=n      kills workers
          POST /_control/reset                          forgets everything but the settings

          GET /healthz                                  200 while it runs

        """;

    private static readonly string[] Get = [HttpMethods.Get];
    private static readonly string[] Post = [HttpMethods.Post];
    private static readonly string[] GetOrPost = [HttpMethods.Get, HttpMethods.Post];

    public static void Map(IEndpointRouteBuilder routes, Simulator simulator, ILogger logger)
    {
        MapText(routes, "/", Help);
        MapText(routes, "/healthz", "ok");
        var pipeline = new CallPipeline(simulator, logger);
        MapCall map = (path, methods, operation, handle) =>
            routes.MapMethods("/v2/{endpointId}/" + path, methods, pipeline.For(operation, handle));
        MapJobApi(map);
        MapWorkers(map);
        MapControl(routes, new ControlCalls(simulator, logger));
    }

    private static void MapJobApi(MapCall map)
    {
        map("run", Post, SimulatedOperation.Run, RunPodCalls.RunAsync);
        map("runsync", Post, SimulatedOperation.RunSync, RunPodCalls.RunSyncAsync);
        map("status/{jobId}", GetOrPost, SimulatedOperation.Status, RunPodCalls.StatusAsync);
        map("status-sync/{jobId}", GetOrPost, SimulatedOperation.StatusSync, RunPodCalls.StatusSyncAsync);
        map("stream/{jobId}", GetOrPost, SimulatedOperation.Stream, RunPodCalls.StreamAsync);
        map("cancel/{jobId}", Post, SimulatedOperation.Cancel, RunPodCalls.CancelAsync);
        map("retry/{jobId}", Post, SimulatedOperation.Retry, RunPodCalls.RetryAsync);
        map("purge-queue", Post, SimulatedOperation.PurgeQueue, RunPodCalls.PurgeQueueAsync);
        map("health", Get, SimulatedOperation.Health, RunPodCalls.HealthAsync);
        map("metrics", Get, SimulatedOperation.Metrics, RunPodCalls.MetricsAsync);
    }

    private static void MapWorkers(MapCall map)
    {
        map("job-take/{workerId}", Get, SimulatedOperation.JobTake, WorkerCalls.TakeAsync);
        map("job-take-batch/{workerId}", Get, SimulatedOperation.JobTakeBatch, WorkerCalls.TakeBatchAsync);
        map("job-stream/{workerId}/{jobId}", Post, SimulatedOperation.JobStream, WorkerCalls.StreamAsync);
        map("job-done/{workerId}/{jobId}", Post, SimulatedOperation.JobDone, WorkerCalls.DoneAsync);
        map("job-stop/{workerId}", Get, SimulatedOperation.JobStop, WorkerCalls.StopAsync);
        map("ping/{workerId}", Get, SimulatedOperation.Ping, WorkerCalls.PingAsync);
    }

    private static void MapControl(IEndpointRouteBuilder routes, ControlCalls control)
    {
        routes.MapGet("/_control", control.Settings);
        routes.MapMethods("/_control", [HttpMethods.Post, HttpMethods.Patch], control.Change);
        routes.MapGet("/_control/faults", control.Faults);
        routes.MapPost("/_control/faults", control.AddFaults);
        routes.MapDelete("/_control/faults", control.ClearFaults);
        routes.MapGet("/_control/jobs", control.Jobs);
        routes.MapGet("/_control/stats", control.Stats);
        routes.MapPost("/_control/crash", control.Crash);
        routes.MapPost("/_control/reset", control.Reset);
    }

    private static void MapText(IEndpointRouteBuilder routes, string path, string text) => routes.MapGet(path, (RequestDelegate)(http =>
    {
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }));

    private delegate void MapCall(
        string path, string[] methods, SimulatedOperation operation, Func<SimulatedCall, ValueTask<Reply>> handle);
}
