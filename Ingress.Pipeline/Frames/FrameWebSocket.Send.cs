using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;

namespace Ingress.Pipeline.Frames;

/// <content>Sending, and what is owed to the peer without being asked.</content>
public sealed partial class FrameWebSocket
{
    private const int OutputBytes = 4096;
    private const int MaxHeaderLength = 10;

    /// <summary>So much is written at a time: that the connection takes it shows that the peer reads, and keeps the connection's buffer small.</summary>
    private const int PieceBytes = 64 << 10;

    private byte[]? _owedPong;
    private int _owesPing;
    private long _pingedAt;
    private byte[]? _output;
    private int _outputCount;
    private long _lastProgress;

    /// <summary>Gets whether a ping or pong waits for the sender; see <see cref="AppendOwed"/>.</summary>
    public bool OwesControl => Volatile.Read(ref _owesPing) != 0 || Volatile.Read(ref _owedPong) is not null;

    /// <summary>Gets or sets what has the sender send what is owed; called by the receiver, and must return at once.</summary>
    public Action? AnswerOwed { get; set; }

    /// <summary>Gets the bytes that were appended and not flushed yet.</summary>
    public int Unflushed => _outputCount;

    /// <summary>Gets the timestamp at which the connection last took a part of a large write.</summary>
    public long LastProgress => Volatile.Read(ref _lastProgress);

    /// <summary>Adds a text message to the next write. Only for the one sender.</summary>
    /// <param name="utf8">The text; copied.</param>
    public void AppendText(ReadOnlySpan<byte> utf8) => Append(Opcode.Text, utf8);

    /// <summary>Adds the pong or ping that is owed, if any, to the next write. Only for the one sender.</summary>
    public void AppendOwed()
    {
        if (!OwesControl)
        {
            return;
        }

        if (Interlocked.Exchange(ref _owedPong, null) is { } pong)
        {
            Append(Opcode.Pong, pong);
        }

        if (Interlocked.Exchange(ref _owesPing, 0) != 0)
        {
            Append(Opcode.Ping, []);
        }
    }

    /// <summary>Writes what was appended. Only for the one sender.</summary>
    /// <returns>A task that ends when the connection has taken it.</returns>
    public async ValueTask FlushAsync()
    {
        if (_output is not { } output)
        {
            return;
        }

        var count = _outputCount;
        (_output, _outputCount) = (null, 0);
        try
        {
            var written = 0;
            for (; count - written > PieceBytes; written += PieceBytes)
            {
                await _stream.WriteAsync(output.AsMemory(written, PieceBytes));
                Volatile.Write(ref _lastProgress, _time.GetTimestamp());
            }

            await _stream.WriteAsync(output.AsMemory(written, count - written));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(output);
        }
    }

    /// <summary>Checks that the peer is there: asks when it was silent for a while, and cuts it off when it does not answer.</summary>
    /// <param name="interval">The silence after which it is asked; zero never asks.</param>
    /// <param name="timeout">The longest time for an answer.</param>
    /// <param name="now">The timestamp now.</param>
    /// <returns>True when a ping is owed now.</returns>
    public bool CheckAlive(TimeSpan interval, TimeSpan timeout, long now)
    {
        if (interval == TimeSpan.Zero || State is not (WebSocketState.Open or WebSocketState.CloseSent or WebSocketState.CloseReceived))
        {
            return false;
        }

        var last = Volatile.Read(ref _lastReceived);
        if (_pingedAt > last)
        {
            if (_time.GetElapsedTime(_pingedAt, now) >= timeout)
            {
                Abort();
            }

            return false;
        }

        if (_time.GetElapsedTime(last, now) < interval)
        {
            return false;
        }

        _pingedAt = now;
        Volatile.Write(ref _owesPing, 1);
        return true;
    }

    /// <inheritdoc/>
    public override Task SendAsync(
        ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        SendAsync((ReadOnlyMemory<byte>)buffer, messageType, endOfMessage, cancellationToken).AsTask();

    /// <summary>Sends a whole message.</summary>
    /// <inheritdoc/>
    public override ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        if (!endOfMessage)
        {
            throw new NotSupportedException("Messages are sent whole.");
        }

        Append(messageType == WebSocketMessageType.Text ? Opcode.Text : Opcode.Binary, buffer.Span);
        return FlushAsync();
    }

    /// <inheritdoc/>
    public override async Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        if (State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        AppendClose(closeStatus, statusDescription);
        MoveOn(WebSocketState.CloseSent, WebSocketState.CloseReceived);
        await FlushAsync();
    }

    private void AppendClose(WebSocketCloseStatus status, string? reason)
    {
        Span<byte> payload = stackalloc byte[FrameHeader.MaxControlLength];
        Append(Opcode.Close, payload[..CloseFrame.Write(status, reason, payload)]);
    }

    private void Append(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        EnsureOutput(MaxHeaderLength + payload.Length);
        var target = _output.AsSpan(_outputCount);
        target[0] = (byte)(0x80 | (int)opcode);
        var headerLength = 2;
        switch (payload.Length)
        {
            case <= 125:
                target[1] = (byte)payload.Length;
                break;
            case <= ushort.MaxValue:
                target[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)payload.Length);
                headerLength = 4;
                break;
            default:
                target[1] = 127;
                BinaryPrimitives.WriteInt64BigEndian(target[2..], payload.Length);
                headerLength = 10;
                break;
        }

        payload.CopyTo(target[headerLength..]);
        _outputCount += headerLength + payload.Length;
    }

    private void EnsureOutput(int more)
    {
        if (_output is null)
        {
            _output = ArrayPool<byte>.Shared.Rent(Math.Max(OutputBytes, more));
            return;
        }

        if (_outputCount + more > _output.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_output.Length * 2, _outputCount + more));
            _output.AsSpan(0, _outputCount).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_output);
            _output = larger;
        }
    }

    // Only the last ping need be answered (RFC 6455, section 5.5.3): a flood of them costs one answer per write.
    private void OweAnswer(ReadOnlySpan<byte> payload) => Volatile.Write(ref _owedPong, payload.ToArray());
}
