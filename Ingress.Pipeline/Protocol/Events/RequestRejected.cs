using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A request was not taken.</summary>
/// <param name="Id">The request's id, where one could be read.</param>
/// <param name="Error">Why.</param>
/// <param name="RetryAfterMs">When to try again, in milliseconds.</param>
internal readonly record struct RequestRejected(
    string? Id,
    RequestError Error,
    long? RetryAfterMs) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.rejected"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        if (Id is not null)
        {
            json.WriteString("id"u8, Id);
        }

        EventFields.WriteError(json, Error, withRetryable: true);
        EventFields.WriteOptional(json, "retryAfterMs"u8, RetryAfterMs);
    }
}
