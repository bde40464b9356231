using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ingress.Pipeline.Protocol.Events;

namespace Ingress.Pipeline.Protocol;

/// <summary>Turns events into frames.</summary>
internal static class EventSerializer
{
    /// <summary>What a thread keeps between two events; a larger buffer is given up, so that one huge output does not stay for ever.</summary>
    private const int KeptBytes = 64 << 10;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>Serialises an event.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="serverEvent">The event.</param>
    /// <param name="seq">Its number in the session.</param>
    /// <returns>The frame's payload, owned by the caller.</returns>
    public static byte[] Serialize<T>(in T serverEvent, long seq)
        where T : struct, IServerEvent, allows ref struct
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(512);

        // Ids and error texts go out as they are: this is no HTML, and what is valid UTF-8 needs no escape.
        var json = _json ??= new Utf8JsonWriter(
            buffer,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

        // Before, not after: an event that failed half-way must not stand in front of the thread's next one.
        buffer.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteString("type"u8, T.Type);
        json.WriteNumber("seq"u8, seq);
        serverEvent.WriteFields(json);
        json.WriteEndObject();
        json.Flush();
        var frame = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > KeptBytes)
        {
            _buffer = null;
            _json = null;
        }

        return frame;
    }
}
