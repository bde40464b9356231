using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>The request failed.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Error">Why.</param>
internal readonly record struct RequestFailed(
    string Id,
    RequestError Error) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.failed"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        EventFields.WriteError(json, Error, withRetryable: true);
    }
}
