using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>An event that the server sends. Implemented by structs, so that making and writing one allocates nothing but its bytes.</summary>
internal interface IServerEvent
{
    /// <summary>Gets the value of <c>type</c>.</summary>
    static abstract ReadOnlySpan<byte> Type { get; }

    /// <summary>Writes every field but <c>type</c> and <c>seq</c>.</summary>
    /// <param name="json">Stands inside the event's object.</param>
    void WriteFields(Utf8JsonWriter json);
}
