using System.Buffers.Binary;

namespace Ingress.Pipeline.Frames;

/// <summary>A client's frame header, checked against RFC 6455, section 5.2, as far as it can be by itself.</summary>
/// <param name="Opcode">The kind of frame.</param>
/// <param name="IsFinal">Whether the message ends with it.</param>
/// <param name="Length">The payload's length, in bytes.</param>
/// <param name="Mask">The masking key, as it is in memory.</param>
internal readonly record struct FrameHeader(Opcode Opcode, bool IsFinal, long Length, uint Mask)
{
    /// <summary>The longest payload of a control frame.</summary>
    public const int MaxControlLength = 125;

    private const int MaskLength = 4;

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="header">The header.</param>
    /// <param name="headerLength">Its length, mask included.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="FrameException">The client breaks the protocol.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header, out int headerLength)
    {
        header = default;
        headerLength = 0;
        if (bytes.Length < 2)
        {
            return false;
        }

        var (first, second) = (bytes[0], bytes[1]);
        Check((first & 0x70) == 0, "a reserved bit is set, but no extension was agreed on");
        Check((second & 0x80) != 0, "a client's frame must be masked");
        var opcode = (Opcode)(first & 0x0F);
        var isFinal = (first & 0x80) != 0;
        var shortLength = second & 0x7F;
        CheckOpcode(opcode, isFinal, shortLength);
        headerLength = MaskLength + (shortLength switch { 126 => 4, 127 => 10, _ => 2 });
        if (bytes.Length < headerLength)
        {
            return false;
        }

        var length = ReadLength(bytes, shortLength);
        header = new FrameHeader(opcode, isFinal, length, BitConverter.ToUInt32(bytes[(headerLength - MaskLength)..]));
        return true;
    }

    private static long ReadLength(ReadOnlySpan<byte> bytes, int shortLength)
    {
        switch (shortLength)
        {
            case 126:
                var medium = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
                Check(medium > 125, "a length must be written in its shortest form");
                return medium;
            case 127:
                var large = BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);
                Check(large > ushort.MaxValue, "a length must be positive and written in its shortest form");
                return large;
            default:
                return shortLength;
        }
    }

    private static void CheckOpcode(Opcode opcode, bool isFinal, int shortLength)
    {
        switch (opcode)
        {
            case Opcode.Continuation or Opcode.Text or Opcode.Binary:
                return;
            case Opcode.Close or Opcode.Ping or Opcode.Pong:
                Check(isFinal, "a control frame must not be fragmented");
                Check(shortLength <= MaxControlLength, "a control frame has at most 125 bytes");
                return;
            default:
                throw new FrameException("the opcode is not known");
        }
    }

    private static void Check(bool holds, string rule)
    {
        if (!holds)
        {
            throw new FrameException(rule);
        }
    }
}
