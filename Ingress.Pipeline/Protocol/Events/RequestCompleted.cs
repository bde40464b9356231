using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>The request ran to its end.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Output">The final output as JSON; null when everything was streamed.</param>
/// <param name="Times">How long it took.</param>
internal readonly record struct RequestCompleted(
    string Id,
    byte[]? Output,
    RequestTimes Times) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.completed"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        EventFields.WriteRaw(json, "output"u8, Output);
        Times.Write(json);
    }
}
