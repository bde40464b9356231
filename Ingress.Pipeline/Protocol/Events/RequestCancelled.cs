using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>The request was withdrawn.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Reason">By whom or what: client, expired, shutdown, backend, operator.</param>
/// <param name="Error">Why it waited too long; null for every other reason.</param>
internal readonly record struct RequestCancelled(
    string Id,
    string Reason,
    RequestError? Error = null) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.cancelled"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        json.WriteString("reason"u8, Reason);
        if (Error is { } error)
        {
            EventFields.WriteError(json, error, withRetryable: true);
        }
    }
}
