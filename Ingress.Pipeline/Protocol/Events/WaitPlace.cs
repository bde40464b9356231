using System.Text.Json;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>Where a waiting request stands, how long it may take and why.</summary>
/// <param name="Position">1 for the next.</param>
/// <param name="QueueLength">How many wait.</param>
/// <param name="Estimate">The likely and the cautious wait from now on.</param>
/// <param name="Reason">Why it waits.</param>
internal readonly record struct WaitPlace(int Position, int QueueLength, WaitEstimate Estimate, WaitReason Reason)
{
    /// <summary>Writes the fields.</summary>
    /// <param name="json">Stands inside the event's object.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("position"u8, Position);
        json.WriteNumber("queueLength"u8, QueueLength);
        EventFields.WriteNullable(json, "estimatedWaitMs"u8, Estimate.LikelyMs);
        EventFields.WriteNullable(json, "estimatedWaitHighMs"u8, Estimate.CautiousMs);
        json.WriteString("waitReason"u8, WaitReasonNames.Of(Reason));
    }
}
