using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>The bodies of <c>/health</c> and <c>/metrics</c>.</summary>
internal static class HealthJson
{
    public static ReadOnlyMemory<byte> Health(HealthCounts counts) => JobJson.Write(counts, static (json, counts) =>
    {
        json.WriteStartObject();
        WriteCounts(json, counts);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Metrics(WorkerTally workers, string[] ready) => JobJson.Write((workers, ready), static (json, it) =>
    {
        json.WriteStartObject();
        json.WriteStartArray("readyWorkers"u8);
        foreach (var id in it.ready)
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
        WriteWorkers(json, it.workers);
        json.WriteEndObject();
    });

    public static void WriteCounts(Utf8JsonWriter json, HealthCounts counts)
    {
        json.WriteStartObject("jobs"u8);
        json.WriteNumber("completed"u8, counts.Completed);
        json.WriteNumber("failed"u8, counts.Failed);
        json.WriteNumber("inProgress"u8, counts.InProgress);
        json.WriteNumber("inQueue"u8, counts.InQueue);
        json.WriteNumber("retried"u8, counts.Retried);
        json.WriteEndObject();
        WriteWorkers(json, counts.Workers);
    }

    private static void WriteWorkers(Utf8JsonWriter json, WorkerTally workers)
    {
        json.WriteStartObject("workers"u8);
        json.WriteNumber("idle"u8, workers.Idle);
        json.WriteNumber("initializing"u8, workers.Initializing);
        json.WriteNumber("ready"u8, workers.Idle); // the same number under its other name, as in every published capture
        json.WriteNumber("running"u8, workers.Running);
        json.WriteNumber("throttled"u8, workers.Throttled);
        json.WriteNumber("unhealthy"u8, workers.Unhealthy);
        json.WriteEndObject();
    }
}
