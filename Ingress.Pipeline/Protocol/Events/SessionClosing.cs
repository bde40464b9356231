using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>The server is about to close the connection.</summary>
/// <param name="Reason">Why, in snake case.</param>
/// <param name="RetryAfterMs">When to come back, in milliseconds; null when coming back is of no use.</param>
internal readonly record struct SessionClosing(
    string Reason,
    long? RetryAfterMs) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "session.closing"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("reason"u8, Reason);
        if (RetryAfterMs is { } after)
        {
            json.WriteNumber("retryAfterMs"u8, after);
        }
    }
}
