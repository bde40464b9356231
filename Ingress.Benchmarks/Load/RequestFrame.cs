using System.Buffers.Binary;
using System.Text;

namespace Ingress.Benchmarks.Load;

/// <summary>A request as a masked frame, made once; only its number is written anew for each message.</summary>
internal sealed class RequestFrame
{
    private const int NumberDigits = 12;
    private static readonly byte[] Mask = [0x5A, 0xC3, 0x17, 0x8E];
    private readonly byte[] _frame;
    private readonly int _numberAt;
    private readonly int _payloadAt;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="payloadBytes">The size of the JSON object; at least 128.</param>
    public RequestFrame(int payloadBytes)
    {
        const string Start = """{"number":"000000000000","messages":[{"role":"user","content":" """;
        const string End = """ "}]}""";
        var text = Start + new string('a', payloadBytes - Start.Length - End.Length) + End;
        _frame = Make(1, Encoding.UTF8.GetBytes(text));
        _payloadAt = _frame.Length - payloadBytes;
        _numberAt = _payloadAt + Start.IndexOf('0', StringComparison.Ordinal);
    }

    public int Length => _frame.Length;

    /// <summary>Makes a client's frame of at most 64 KiB.</summary>
    public static byte[] Make(int opcode, ReadOnlySpan<byte> payload)
    {
        var headerLength = payload.Length < 126 ? 2 : 4;
        var frame = new byte[headerLength + Mask.Length + payload.Length];
        frame[0] = (byte)(0x80 | opcode);
        frame[1] = (byte)(0x80 | (payload.Length < 126 ? payload.Length : 126));
        if (headerLength == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }

        Mask.CopyTo(frame.AsSpan(headerLength));
        for (var i = 0; i < payload.Length; i++)
        {
            frame[headerLength + Mask.Length + i] = (byte)(payload[i] ^ Mask[i & 3]);
        }

        return frame;
    }

    /// <summary>Writes the frame of one request.</summary>
    /// <returns>How many bytes it has.</returns>
    public int Write(Span<byte> target, long number)
    {
        _frame.CopyTo(target);
        for (var i = NumberDigits - 1; i >= 0; i--, number /= 10)
        {
            var at = _numberAt + i;
            target[at] = (byte)((byte)('0' + (number % 10)) ^ Mask[(at - _payloadAt) & 3]);
        }

        return _frame.Length;
    }
}
