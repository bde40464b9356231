using System.Buffers.Binary;
using System.Text;

namespace Ingress.Tests.Hostile;

/// <summary>A WebSocket frame (RFC 6455, 5.2) as it came, and the making of frames, wrong ones too.</summary>
/// <param name="Opcode">1 text, 2 binary, 8 close, 9 ping, 10 pong, 0 continuation.</param>
/// <param name="Final">Whether it is the last of its message.</param>
/// <param name="Payload">The bytes, unmasked.</param>
internal sealed record RawFrame(int Opcode, bool Final, byte[] Payload)
{
    public const int Continuation = 0;
    public const int Text = 1;
    public const int Binary = 2;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    private const uint Mask = 0xA1B2C3D4;

    /// <summary>Gets the close code; 1005 stands for none, as in the RFC.</summary>
    public int CloseCode => Payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(Payload) : 1005;

    /// <summary>Gets the payload as text.</summary>
    public string AsText => Encoding.UTF8.GetString(Payload);

    /// <summary>Makes a frame as a client sends it, unless told otherwise.</summary>
    /// <param name="opcode">The opcode, 0 to 15.</param>
    /// <param name="payload">The bytes.</param>
    /// <param name="final">The FIN bit.</param>
    /// <param name="reserved">The three reserved bits, 0 to 7.</param>
    /// <param name="masked">Whether it is masked, as a client must.</param>
    /// <param name="announced">The length in the header; the payload's by default.</param>
    public static byte[] Encode(
        int opcode, ReadOnlySpan<byte> payload, bool final = true, int reserved = 0, bool masked = true, ulong? announced = null)
    {
        var frame = new MemoryStream(payload.Length + 14);
        frame.WriteByte((byte)((final ? 0x80 : 0) | (reserved << 4) | opcode));
        WriteLength(frame, announced ?? (ulong)payload.Length, masked);
        if (!masked)
        {
            frame.Write(payload);
            return frame.ToArray();
        }

        Span<byte> mask = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mask, Mask);
        frame.Write(mask);
        for (var i = 0; i < payload.Length; i++)
        {
            frame.WriteByte((byte)(payload[i] ^ mask[i & 3]));
        }

        return frame.ToArray();
    }

    /// <summary>Makes a text frame.</summary>
    public static byte[] EncodeText(string text, bool final = true, int opcode = Text) => Encode(opcode, Encoding.UTF8.GetBytes(text), final);

    /// <summary>Makes a close frame.</summary>
    public static byte[] EncodeClose(int code, params byte[] reason) => Encode(Close, [(byte)(code >> 8), (byte)code, .. reason]);

    private static void WriteLength(Stream frame, ulong length, bool masked)
    {
        var bit = masked ? 0x80 : 0;
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, length);
        switch (length)
        {
            case < 126:
                frame.WriteByte((byte)(bit | (int)length));
                break;
            case <= ushort.MaxValue:
                frame.WriteByte((byte)(bit | 126));
                frame.Write(wide[6..]);
                break;
            default:
                frame.WriteByte((byte)(bit | 127));
                frame.Write(wide);
                break;
        }
    }
}
