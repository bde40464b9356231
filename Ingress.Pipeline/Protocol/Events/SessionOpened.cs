using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A session has begun.</summary>
/// <param name="SessionId">The session's id.</param>
/// <param name="ResumeToken">The secret that lets the client take the session over; empty when resuming is off.</param>
/// <param name="Limits">What the session may do.</param>
/// <param name="ResumeFailed">Whether this answers a resume that could not be had.</param>
internal readonly record struct SessionOpened(
    string SessionId,
    string ResumeToken,
    SessionLimits Limits,
    bool ResumeFailed) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "session.opened"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("sessionId"u8, SessionId);
        json.WriteString("resumeToken"u8, ResumeToken);
        if (ResumeFailed)
        {
            json.WriteBoolean("resumed"u8, false);
        }

        Limits.Write(json);
    }
}
