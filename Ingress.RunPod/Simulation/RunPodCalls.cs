namespace Ingress.RunPod.Simulation;

/// <summary>RunPod's job API: from the HTTP call to the endpoint.</summary>
internal static class RunPodCalls
{
    private const int ShortestWait = 1_000;
    private const int LongestWait = 300_000;
    private const int LongestStatusWait = 90_000;

    private static readonly TimeSpan DefaultRunSyncWait = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan DefaultStreamWait = TimeSpan.FromSeconds(10);

    public static async ValueTask<Reply> RunAsync(SimulatedCall call)
    {
        var (request, problem) = await ReadAsync(call, PayloadLimits.Run);
        return request is null ? Reply.Error(400, problem) : call.Endpoint.Run(request);
    }

    public static async ValueTask<Reply> RunSyncAsync(SimulatedCall call)
    {
        var (request, problem) = await ReadAsync(call, PayloadLimits.RunSync);
        var wait = call.QueryTime("wait", ShortestWait, LongestWait) ?? DefaultRunSyncWait;
        return request is null ? Reply.Error(400, problem) : await call.Endpoint.RunSyncAsync(request, wait, call.Aborted);
    }

    public static ValueTask<Reply> StatusAsync(SimulatedCall call) =>
        ValueTask.FromResult(call.Endpoint.Status(call.JobId, call.QueryTime("ttl", 0, int.MaxValue)));

    public static ValueTask<Reply> StatusSyncAsync(SimulatedCall call) =>
        call.Endpoint.StatusSyncAsync(
            call.JobId, call.QueryTime("wait", ShortestWait, LongestStatusWait) ?? DefaultRunSyncWait, call.Aborted);

    public static ValueTask<Reply> StreamAsync(SimulatedCall call) =>
        call.Endpoint.StreamAsync(
            call.JobId, call.QueryTime("wait", ShortestWait, LongestWait) ?? DefaultStreamWait, call.LosesChunks, call.Aborted);

    public static ValueTask<Reply> CancelAsync(SimulatedCall call) => ValueTask.FromResult(call.Endpoint.Cancel(call.JobId));

    public static ValueTask<Reply> RetryAsync(SimulatedCall call) => ValueTask.FromResult(call.Endpoint.Retry(call.JobId));

    public static ValueTask<Reply> PurgeQueueAsync(SimulatedCall call) => ValueTask.FromResult(call.Endpoint.PurgeQueue());

    public static ValueTask<Reply> HealthAsync(SimulatedCall call) => ValueTask.FromResult(call.Endpoint.Health());

    public static ValueTask<Reply> MetricsAsync(SimulatedCall call) => ValueTask.FromResult(call.Endpoint.Metrics());

    private static async Task<(RunRequest? Request, string Problem)> ReadAsync(SimulatedCall call, int limit)
    {
        if (await call.ReadBodyAsync(limit) is not { } body)
        {
            return (null, $"the request is larger than {limit / (1024 * 1024)} MB");
        }

        return RunRequest.TryRead(body, out var request, out var problem) ? (request, "") : (null, problem);
    }
}
