using System.Buffers;
using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>Jobs as RunPod writes them. Inputs, outputs and chunks are copied byte for byte.</summary>
internal static class JobJson
{
    /// <summary>The answer to <c>/run</c>: a job has just entered the queue, even if a free worker already has it.</summary>
    public static ReadOnlyMemory<byte> Accepted(SimulatedJob job) => IdAndState(job.Id, SimulatedJobState.InQueue);

    /// <summary>Id and state alone.</summary>
    public static ReadOnlyMemory<byte> Brief(SimulatedJob job) => IdAndState(job.Id, job.State);

    /// <summary>The job object of <c>/status</c>: each field from the state on in which RunPod gives it.</summary>
    public static ReadOnlyMemory<byte> Full(SimulatedJob job) => Write(job, static (json, job) =>
    {
        json.WriteStartObject();
        if (job.StartedAt is { } started)
        {
            json.WriteNumber("delayTime"u8, Milliseconds(started - job.QueuedAt));
        }

        if (job.Error is { } error)
        {
            json.WriteString("error"u8, error);
        }

        if (job is { StartedAt: { } begin, EndedAt: { } end })
        {
            json.WriteNumber("executionTime"u8, Milliseconds(end - begin));
        }

        json.WriteString("id"u8, job.Id);
        if (job.Output is { } output && job.State is not (SimulatedJobState.Cancelled or SimulatedJobState.TimedOut))
        {
            json.WritePropertyName("output"u8);
            json.WriteRawValue(output, skipInputValidation: true);
        }

        if (job.Retries > 0)
        {
            json.WriteNumber("retries"u8, job.Retries);
        }

        json.WriteString("status"u8, job.State.WireName());
        if (job.WorkerId is { } worker)
        {
            json.WriteString("workerId"u8, worker);
        }

        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Stream(SimulatedJob job, List<byte[]> chunks) => Write((job, chunks), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteString("status"u8, it.job.State.WireName());
        json.WriteStartArray("stream"u8);
        foreach (var chunk in it.chunks)
        {
            json.WriteStartObject();
            json.WritePropertyName("output"u8);
            json.WriteRawValue(chunk, skipInputValidation: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Purged(int count) => Write(count, static (json, count) =>
    {
        json.WriteStartObject();
        json.WriteNumber("removed"u8, count);
        json.WriteString("status"u8, "completed"u8);
        json.WriteEndObject();
    });

    /// <summary>A job as a worker gets it.</summary>
    public static ReadOnlyMemory<byte> Task(SimulatedJob job) => Write(job, WriteTask);

    public static ReadOnlyMemory<byte> Tasks(IReadOnlyList<SimulatedJob> jobs) => Write(jobs, static (json, jobs) =>
    {
        json.WriteStartArray();
        foreach (var job in jobs)
        {
            WriteTask(json, job);
        }

        json.WriteEndArray();
    });

    public static ReadOnlyMemory<byte> Stops(string[] ids) => Write(ids, static (json, ids) =>
    {
        json.WriteStartObject();
        json.WriteStartArray("jobsToStop"u8);
        foreach (var id in ids)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    internal static ReadOnlyMemory<byte> Write<T>(T what, Action<Utf8JsonWriter, T> how)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            how(json, what);
        }

        return buffer.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> IdAndState(string id, SimulatedJobState state) => Write((id, state), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, it.id);
        json.WriteString("status"u8, it.state.WireName());
        json.WriteEndObject();
    });

    private static void WriteTask(Utf8JsonWriter json, SimulatedJob job)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, job.Id);
        json.WritePropertyName("input"u8);
        json.WriteRawValue(job.Input.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
