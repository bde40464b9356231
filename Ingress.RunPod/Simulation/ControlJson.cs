using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>The answers of the control API.</summary>
internal static class ControlJson
{
    public static ReadOnlyMemory<byte> Faults(IReadOnlyList<(SimulatorFault Fault, int Hits)> faults) => JobJson.Write(faults, WriteFaults);

    public static ReadOnlyMemory<byte> Crashed(int count) => JobJson.Write(count, static (json, count) =>
    {
        json.WriteStartObject();
        json.WriteNumber("crashed"u8, count);
        json.WriteEndObject();
    });

    public static ReadOnlyMemory<byte> Jobs(IReadOnlyList<JobRecord> jobs) => JobJson.Write(jobs, static (json, jobs) =>
    {
        json.WriteStartArray();
        foreach (var job in jobs)
        {
            WriteJob(json, job);
        }

        json.WriteEndArray();
    });

    public static ReadOnlyMemory<byte> Stats(IEnumerable<EndpointStats> endpoints) => JobJson.Write(endpoints, static (json, endpoints) =>
    {
        json.WriteStartObject();
        foreach (var endpoint in endpoints)
        {
            json.WriteStartObject(endpoint.EndpointId);
            HealthJson.WriteCounts(json, endpoint.Counts);
            json.WriteNumber("billedMs"u8, (long)endpoint.Billed.TotalMilliseconds);
            WriteOperations(json, endpoint.Operations);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static void WriteFaults(Utf8JsonWriter json, IReadOnlyList<(SimulatorFault Fault, int Hits)> faults)
    {
        json.WriteStartArray();
        foreach (var (fault, hits) in faults)
        {
            json.WriteStartObject();
            json.WriteNumber("hits"u8, hits);
            json.WritePropertyName("fault"u8);
            JsonSerializer.Serialize(json, fault, SimulatorJsonContext.Default.SimulatorFault);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOperations(Utf8JsonWriter json, IReadOnlyList<OperationCount> operations)
    {
        json.WriteStartObject("operations"u8);
        foreach (var operation in operations.Where(static operation => operation.Calls > 0))
        {
            json.WriteStartObject(operation.Operation.Name());
            json.WriteNumber("calls"u8, operation.Calls);
            json.WriteNumber("open"u8, operation.Open);
            json.WriteNumber("peakOpen"u8, operation.PeakOpen);
            json.WriteNumber("tooMany"u8, operation.TooMany);
            json.WriteNumber("faults"u8, operation.Faults);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteJob(Utf8JsonWriter json, JobRecord job)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, job.Id);
        json.WriteString("endpoint"u8, job.EndpointId);
        json.WriteNumber("sequence"u8, job.Sequence);
        json.WriteString("status"u8, job.State.WireName());
        json.WriteNumber("attempts"u8, job.Attempts);
        json.WriteNumber("retries"u8, job.Retries);
        json.WriteNumber("chunksMade"u8, job.ChunksMade);
        json.WriteNumber("chunksRead"u8, job.ChunksRead);
        if (!job.Input.IsEmpty)
        {
            json.WritePropertyName("input"u8);
            json.WriteRawValue(job.Input.Span, skipInputValidation: true);
        }

        json.WriteStartArray("history"u8);
        foreach (var moment in job.History)
        {
            json.WriteStartObject();
            json.WriteString("status"u8, moment.State.WireName());
            json.WriteString("at"u8, moment.At);
            if (moment.WorkerId is not null)
            {
                json.WriteString("workerId"u8, moment.WorkerId);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
