namespace Ingress.Tests.Support;

/// <summary>A connection on which the same bytes come again and again without a pause, up to an end, and that takes whatever is written.</summary>
/// <param name="first">What comes before.</param>
/// <param name="again">What comes again and again.</param>
/// <param name="length">How many bytes come in all.</param>
internal sealed class FloodStream(byte[] first, byte[] again, long length) : Stream
{
    private readonly int _owner = Environment.CurrentManagedThreadId;
    private long _position;

    /// <summary>Gets how much was read on the thread that made it.</summary>
    public long ReadByOwner { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = (int)Math.Min(buffer.Length, length - _position);
        for (var i = 0; i < count; i++, _position++)
        {
            buffer.Span[i] = _position < first.Length ? first[_position] : again[(_position - first.Length) % again.Length];
        }

        if (Environment.CurrentManagedThreadId == _owner)
        {
            ReadByOwner += count;
        }

        return new(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
