using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>A request was taken and waits.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="TraceId">The trace under which the request is found.</param>
internal readonly record struct RequestQueued(
    string Id,
    WaitPlace Place,
    string TraceId) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.queued"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        Place.Write(json);
        json.WriteString("traceId"u8, TraceId);
    }
}
