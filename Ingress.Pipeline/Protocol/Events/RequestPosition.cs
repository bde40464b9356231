using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A waiting request stands elsewhere, or waits for another reason.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Place">Where it stands.</param>
internal readonly record struct RequestPosition(
    string Id,
    WaitPlace Place) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.position"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        Place.Write(json);
    }
}
