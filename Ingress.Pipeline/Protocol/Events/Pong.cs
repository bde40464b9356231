using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>The answer to a ping.</summary>
internal readonly record struct Pong : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "pong"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
    }
}
