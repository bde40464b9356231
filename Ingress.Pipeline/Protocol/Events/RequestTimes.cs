using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>How long a request took, in milliseconds.</summary>
/// <param name="WaitedMs">In our queue.</param>
/// <param name="DelayMs">At RunPod before it ran, where RunPod told.</param>
/// <param name="FirstOutputMs">From its arrival to the first chunk, where there was one.</param>
/// <param name="ExecutionMs">Running, where RunPod told.</param>
/// <param name="TotalMs">From its arrival to its end.</param>
internal readonly record struct RequestTimes(long WaitedMs, long? DelayMs, long? FirstOutputMs, long? ExecutionMs, long TotalMs)
{
    /// <summary>Writes the fields.</summary>
    /// <param name="json">Stands inside the event's object.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("waitedMs"u8, WaitedMs);
        EventFields.WriteOptional(json, "delayMs"u8, DelayMs);
        EventFields.WriteOptional(json, "firstOutputMs"u8, FirstOutputMs);
        EventFields.WriteOptional(json, "executionMs"u8, ExecutionMs);
        json.WriteNumber("totalMs"u8, TotalMs);
    }
}
