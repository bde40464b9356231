using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A session goes on over a new connection. Its <c>seq</c> is that of the last event before those that follow again.</summary>
/// <param name="SessionId">The session's id.</param>
/// <param name="Replayed">The number of events that follow again.</param>
internal readonly record struct SessionResumed(
    string SessionId,
    int Replayed) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "session.resumed"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("sessionId"u8, SessionId);
        json.WriteNumber("replayed"u8, Replayed);
    }
}
