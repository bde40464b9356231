using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>What a session may do.</summary>
/// <param name="MaxMessageBytes">The largest message, in bytes.</param>
/// <param name="MaxPendingPerConnection">The most requests waiting and running.</param>
/// <param name="QueueCapacity">The most requests that may wait, over all sessions.</param>
internal readonly record struct SessionLimits(int MaxMessageBytes, int MaxPendingPerConnection, int QueueCapacity)
{
    /// <summary>Writes the limits as the field <c>limits</c>.</summary>
    /// <param name="json">Stands inside the event's object.</param>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("limits"u8);
        json.WriteNumber("maxMessageBytes"u8, MaxMessageBytes);
        json.WriteNumber("maxPendingPerConnection"u8, MaxPendingPerConnection);
        json.WriteNumber("queueCapacity"u8, QueueCapacity);
        json.WriteEndObject();
    }
}
