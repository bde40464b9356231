using System.Runtime.InteropServices;
using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>RunPod's worker protocol, as its Python SDK speaks it: from the HTTP call to the endpoint.</summary>
internal static class WorkerCalls
{
    private const int LargestBatch = 1_000;

    // Escapes can make a result larger on the wire than the limit that it is held to.
    private const int LargestPost = 64 * 1024 * 1024;

    public static ValueTask<Reply> TakeAsync(SimulatedCall call) => TakeAsync(call, 1, static jobs => JobJson.Task(jobs[0]));

    public static ValueTask<Reply> TakeBatchAsync(SimulatedCall call) =>
        TakeAsync(call, (int)Math.Clamp(call.QueryNumber("batch_size") ?? 1, 1, LargestBatch), JobJson.Tasks);

    public static async ValueTask<Reply> StreamAsync(SimulatedCall call)
    {
        using var post = await ReadAsync(call);
        if (post is null || Raw(post.RootElement, "output") is not { } chunk)
        {
            return Reply.Error(400, "expected {\"output\": …}");
        }

        call.Endpoint.AddChunk(call.WorkerId, call.JobId, chunk);
        return Reply.Json("{}"u8.ToArray());
    }

    public static async ValueTask<Reply> DoneAsync(SimulatedCall call)
    {
        using var post = await ReadAsync(call);
        if (post is null)
        {
            return Reply.Error(400, "expected a JSON object");
        }

        var report = ToReport(post.RootElement, call.Http.Request.Query["isStream"] == "true");
        if (report.Output?.Length > call.Endpoint.ResultLimit(call.JobId))
        {
            // The worker hears of it and gives up; the job's reader does not and waits for the execution timeout. So it is at RunPod too.
            return Reply.Error(400, "the result is too large");
        }

        call.Endpoint.Report(call.WorkerId, call.JobId, report);
        return Reply.Json("{}"u8.ToArray());
    }

    public static async ValueTask<Reply> StopAsync(SimulatedCall call)
    {
        var stops = await call.Endpoint.StopsAsync(call.WorkerId, call.Aborted);
        return stops.Length == 0 ? Reply.NoContent : Reply.Json(JobJson.Stops(stops));
    }

    public static ValueTask<Reply> PingAsync(SimulatedCall call)
    {
        call.Endpoint.Ping(call.WorkerId);
        return ValueTask.FromResult(Reply.Json("{}"u8.ToArray()));
    }

    private static async ValueTask<Reply> TakeAsync(
        SimulatedCall call, int size, Func<IReadOnlyList<SimulatedJob>, ReadOnlyMemory<byte>> write)
    {
        var jobs = await call.Endpoint.TakeAsync(call.WorkerId, size, call.Aborted);
        return jobs.Count == 0
            ? Reply.NoContent
            : Reply.Json(write(jobs)) with { Undelivered = () => call.Endpoint.PutBack(call.WorkerId, jobs) };
    }

    private static async Task<JsonDocument?> ReadAsync(SimulatedCall call)
    {
        // The SDK declares its bodies form-urlencoded; they are JSON nevertheless.
        if (await call.ReadBodyAsync(LargestPost) is not { } body)
        {
            return null;
        }

        try
        {
            var post = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 1_000 });
            return post.RootElement.ValueKind == JsonValueKind.Object ? post : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static WorkerReport ToReport(JsonElement post, bool isStream)
    {
        var output = Raw(post, "output");
        if (isStream && output is [(byte)'[', (byte)']'])
        {
            output = null; // what the SDK posts for a stream without aggregate: no result, rather than an empty list
        }

        return new WorkerReport(
            output,
            ErrorOf(post),
            post.TryGetProperty("status", out var state) && state.ValueKind == JsonValueKind.String && state.ValueEquals("IN_PROGRESS"u8),
            post.TryGetProperty("stopPod", out var stop) && stop.ValueKind == JsonValueKind.True);
    }

    private static string? ErrorOf(JsonElement post)
    {
        if (!post.TryGetProperty("error", out var error) || error.ValueKind is JsonValueKind.Null or JsonValueKind.False)
        {
            return null;
        }

        return error.ValueKind == JsonValueKind.String ? error.GetString() : error.GetRawText();
    }

    private static byte[]? Raw(JsonElement post, string name) =>
        post.TryGetProperty(name, out var value) ? JsonMarshal.GetRawUtf8Value(value).ToArray() : null;
}
