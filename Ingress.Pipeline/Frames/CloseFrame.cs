using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Unicode;

namespace Ingress.Pipeline.Frames;

/// <summary>Reads and writes what a close frame carries (RFC 6455, sections 5.5.1 and 7.4).</summary>
internal static class CloseFrame
{
    private const int MaxReasonBytes = FrameHeader.MaxControlLength - sizeof(ushort);

    /// <summary>Reads a client's close frame.</summary>
    /// <param name="payload">Its payload, without the mask.</param>
    /// <returns>The code and the reason; <see cref="WebSocketCloseStatus.Empty"/> where there is none.</returns>
    /// <exception cref="FrameException">It is malformed.</exception>
    public static (WebSocketCloseStatus Status, string? Reason) Read(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return (WebSocketCloseStatus.Empty, null);
        }

        if (payload.Length == 1)
        {
            throw new FrameException("a close code has two bytes");
        }

        int code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!IsAllowed(code))
        {
            throw new FrameException("the close code must not be sent");
        }

        var reason = payload[sizeof(ushort)..];
        return Utf8.IsValid(reason)
            ? ((WebSocketCloseStatus)code, Encoding.UTF8.GetString(reason))
            : throw new FrameException("the close reason is not UTF-8", WebSocketCloseStatus.InvalidPayloadData);
    }

    /// <summary>Writes the payload of our close frame.</summary>
    /// <param name="status">The code.</param>
    /// <param name="reason">The reason; what does not fit is cut off at a character's end.</param>
    /// <param name="target">At least <see cref="FrameHeader.MaxControlLength"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Write(WebSocketCloseStatus status, string? reason, Span<byte> target)
    {
        if (status == WebSocketCloseStatus.Empty)
        {
            return 0;
        }

        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)status);
        Utf8.FromUtf16(reason, target.Slice(sizeof(ushort), MaxReasonBytes), out _, out var written);
        return sizeof(ushort) + written;
    }

    // 1004 to 1006 and 1015 are for use inside programs only; below 1000 and from 1016 to 2999 nothing is defined.
    private static bool IsAllowed(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
