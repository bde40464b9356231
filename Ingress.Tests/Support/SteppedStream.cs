using System.Text;
using System.Threading.Channels;

namespace Ingress.Tests.Support;

/// <summary>A connection whose client reads one write after the other, each when a test says so, or all of them.</summary>
internal sealed class SteppedStream : Stream
{
    private readonly Channel<byte[]> _incoming = Channel.CreateUnbounded<byte[]>();
    private readonly SemaphoreSlim _read = new(0);
    private readonly CancellationTokenSource _cutOff = new();
    private readonly StringBuilder _text = new();
    private byte[] _current = [];
    private int _writing;

    /// <summary>Gets whether the client reads without being told.</summary>
    public bool ReadsAll { get; init; }

    /// <summary>Gets whether the service has cut the connection off.</summary>
    public bool IsCutOff => _cutOff.IsCancellationRequested;

    /// <summary>Gets what was read so far, heads of frames and all, each byte as a character.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void ClientSends(string text) => _incoming.Writer.TryWrite(Hostile.RawFrame.EncodeText(text));

    public void CutOff() => _cutOff.Cancel();

    /// <summary>Waits until the service writes.</summary>
    public Task Offered(CancellationToken cancellationToken) =>
        PipelineHarness.UntilAsync(() => Volatile.Read(ref _writing) > 0, cancellationToken);

    /// <summary>Waits until something was read; only where all is.</summary>
    public Task ReadUntilAsync(string text, CancellationToken cancellationToken) =>
        PipelineHarness.UntilAsync(() => Text.Contains(text, StringComparison.Ordinal), cancellationToken);

    /// <summary>Reads what the service writes now, or next if nobody has waited for it.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await Offered(cancellationToken);
        var text = Text;
        _read.Release();
        await PipelineHarness.UntilAsync(() => Text != text, cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cutOff.Token);
        if (_current.Length == 0)
        {
            await _incoming.Reader.WaitToReadAsync(either.Token);
            if (buffer.Length == 0)
            {
                return 0;
            }

            _incoming.Reader.TryRead(out _current!);
        }

        var count = Math.Min(buffer.Length, _current.Length);
        _current.AsMemory(0, count).CopyTo(buffer);
        _current = _current[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _writing);
        if (!ReadsAll)
        {
            await _read.WaitAsync(_cutOff.Token);
        }

        Interlocked.Decrement(ref _writing);
        lock (_text)
        {
            _text.Append(Encoding.Latin1.GetString(buffer.Span));
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
