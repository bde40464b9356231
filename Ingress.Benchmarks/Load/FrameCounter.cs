using System.Buffers.Binary;

namespace Ingress.Benchmarks.Load;

/// <summary>Follows a server's frames over any number of reads, and counts them. Not thread-safe.</summary>
internal sealed class FrameCounter
{
    private const int Text = 1;
    private const int Close = 8;
    private const int Ping = 9;
    private readonly byte[] _header = new byte[10];
    private int _headerBytes;
    private long _payloadLeft;
    private bool _isFirstByte;

    /// <summary>Gets the texts whose last byte has come.</summary>
    public long Messages { get; private set; }

    /// <summary>Gets the texts that began like a JSON object: in the plain protocol each is a refusal.</summary>
    public long Objects { get; private set; }

    public int Pings { get; private set; }

    public bool IsClosed { get; private set; }

    private int HeaderLength => (_header[1] & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };

    private int Opcode => _header[0] & 0x0F;

    /// <summary>Takes what was read.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = _payloadLeft > 0 ? bytes[TakePayload(bytes)..] : bytes[TakeHeader(bytes)..];
        }
    }

    private int TakeHeader(ReadOnlySpan<byte> bytes)
    {
        var wanted = _headerBytes < 2 ? 2 : HeaderLength;
        var count = Math.Min(wanted - _headerBytes, bytes.Length);
        bytes[..count].CopyTo(_header.AsSpan(_headerBytes));
        _headerBytes += count;
        if (_headerBytes >= 2 && _headerBytes == HeaderLength)
        {
            _headerBytes = 0;
            _isFirstByte = true;
            _payloadLeft = (_header[1] & 0x7F) switch
            {
                126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
                127 => BinaryPrimitives.ReadInt64BigEndian(_header.AsSpan(2)),
                var small => small,
            };
            EndIfComplete();
        }

        return count;
    }

    private int TakePayload(ReadOnlySpan<byte> bytes)
    {
        if (_isFirstByte && Opcode == Text && bytes[0] == (byte)'{')
        {
            Objects++;
        }

        _isFirstByte = false;
        var count = (int)Math.Min(_payloadLeft, bytes.Length);
        _payloadLeft -= count;
        EndIfComplete();
        return count;
    }

    private void EndIfComplete()
    {
        if (_payloadLeft == 0)
        {
            Messages += Opcode == Text ? 1 : 0;
            Pings += Opcode == Ping ? 1 : 0;
            IsClosed |= Opcode == Close;
        }
    }
}
