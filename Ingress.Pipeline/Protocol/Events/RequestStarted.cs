using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A worker runs the request; sent again when RunPod started it anew.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="WorkerId">The worker, where RunPod told.</param>
/// <param name="DelayMs">How long it waited at RunPod, in milliseconds, where RunPod told.</param>
/// <param name="Attempt">1 for the first start.</param>
internal readonly record struct RequestStarted(
    string Id,
    string? WorkerId,
    long? DelayMs,
    int Attempt) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.started"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        if (WorkerId is not null)
        {
            json.WriteString("workerId"u8, WorkerId);
        }

        EventFields.WriteOptional(json, "delayMs"u8, DelayMs);
        if (Attempt > 1)
        {
            json.WriteNumber("attempt"u8, Attempt);
        }
    }
}
