using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A message that is no request was refused.</summary>
/// <param name="Id">The id in the message, where one could be read.</param>
/// <param name="Error">Why.</param>
internal readonly record struct MessageRefused(
    string? Id,
    RequestError Error) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "error"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        if (Id is not null)
        {
            json.WriteString("id"u8, Id);
        }

        EventFields.WriteError(json, Error, withRetryable: false);
    }
}
