using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Ingress.Pipeline.Frames;

/// <content>Receiving.</content>
public sealed partial class FrameWebSocket
{
    /// <summary>Enough for many small messages in one read, and for a medium one without a second.</summary>
    private const int InputBytes = 16 << 10;

    private byte[]? _input;
    private int _inputStart;
    private int _inputEnd;
    private Opcode _message = Opcode.Continuation;
    private bool _isInFrame;
    private bool _isFinal;
    private long _left;
    private uint _mask;
    private long _lastReceived;
    private ReadTurn _turn;

    /// <inheritdoc/>
    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await ReceiveAsync(buffer.AsMemory(), cancellationToken);
        return result.MessageType == WebSocketMessageType.Close
            ? new WebSocketReceiveResult(0, result.MessageType, true, _closeStatus, _closeReason)
            : new WebSocketReceiveResult(result.Count, result.MessageType, result.EndOfMessage);
    }

    /// <summary>Receives a part of a message, or waits for the beginning of one where the buffer is empty.</summary>
    /// <inheritdoc/>
    public override ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return TryReceive(buffer.Span, out var result) ? new(result) : WaitAndReceiveAsync(buffer, cancellationToken);
        }
        catch (FrameException e)
        {
            return ValueTask.FromException<ValueWebSocketReceiveResult>(e);
        }
    }

    /// <summary>Gets whether the peer sends so much that what it is answered had better leave together.</summary>
    internal bool IsBusy => _turn.IsBusy;

    /// <summary>Gets whether it has not begun with a message, and nothing of one is there.</summary>
    internal bool IsIdle => _inputStart == _inputEnd && !_isInFrame;

    /// <summary>Takes a message that is there as a whole, in one frame and nothing before it; what is not so is for receiving.</summary>
    /// <param name="message">The message; valid until the next call.</param>
    /// <param name="isText">Whether it came as text, which has still to be checked.</param>
    /// <returns>False when there is none.</returns>
    /// <exception cref="FrameException">The client breaks the protocol.</exception>
    internal bool TryTakeMessage(out ReadOnlySpan<byte> message, out bool isText)
    {
        var bytes = _input.AsSpan(_inputStart.._inputEnd);
        isText = false;
        message = default;
        if (_isInFrame || _message != Opcode.Continuation || !FrameHeader.TryRead(bytes, out var header, out var headerLength)
            || header is not { IsFinal: true, Opcode: Opcode.Text or Opcode.Binary } || header.Length > bytes.Length - headerLength)
        {
            return false;
        }

        var payload = bytes.Slice(headerLength, (int)header.Length);
        Masking.Unmask(payload, payload, header.Mask);
        _inputStart += headerLength + payload.Length;
        _turn.CountFrame();
        isText = header.Opcode == Opcode.Text;
        message = payload;
        return true;
    }

    /// <summary>Waits for more bytes; until there are some, it holds no buffer. Only where it <see cref="IsIdle"/>.</summary>
    /// <param name="cancellationToken">Gives the wait up, and the connection with it.</param>
    /// <returns>A task that ends when there is something to read, if only the end.</returns>
    internal ValueTask<int> WhenReadableAsync(CancellationToken cancellationToken)
    {
        ReturnInput();
        return _stream.ReadAsync(Memory<byte>.Empty, cancellationToken);
    }

    /// <summary>Reads what is there.</summary>
    /// <param name="cancellationToken">Gives the wait up, and the connection with it.</param>
    /// <returns>A task that ends when something was read.</returns>
    /// <exception cref="WebSocketException">The connection ended without a close frame.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask ReadInputAsync(CancellationToken cancellationToken)
    {
        if (_turn.TryEnd())
        {
            await default(NextTurn);
        }

        _input ??= ArrayPool<byte>.Shared.Rent(InputBytes);
        var read = await _stream.ReadAsync(_input.AsMemory(_inputEnd), cancellationToken);
        if (read == 0)
        {
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
        }

        _inputEnd += read;
        var now = _time.GetTimestamp();
        Volatile.Write(ref _lastReceived, now);
        _turn.CountBytes(read, now, _time);
    }

    /// <summary>
    /// Reads on without looking, until the peer closes or the connection is cut off: closing a connection with unread bytes would reset
    /// it, and the close frame that tells why could be lost.
    /// </summary>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task DiscardAsync(CancellationToken cancellationToken)
    {
        _input ??= ArrayPool<byte>.Shared.Rent(InputBytes);
        int read;
        while ((read = await _stream.ReadAsync(_input, cancellationToken)) > 0)
        {
            _turn.CountBytes(read, _time.GetTimestamp(), _time);
            if (_turn.TryEnd())
            {
                await default(NextTurn);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ValueWebSocketReceiveResult> WaitAndReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueWebSocketReceiveResult result;
        do
        {
            if (OwesControl)
            {
                // Before the wait: the peer may have nothing more to say until it has its answer.
                AnswerOwed?.Invoke();
            }

            await FillAsync(cancellationToken);
        }
        while (!TryReceive(buffer.Span, out result));
        return result;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_inputStart == _inputEnd)
        {
            _ = await WhenReadableAsync(cancellationToken);
        }
        else if (_inputStart > 0)
        {
            // Half a frame's header, or half a control frame: small.
            _input.AsSpan(_inputStart.._inputEnd).CopyTo(_input);
            (_inputStart, _inputEnd) = (0, _inputEnd - _inputStart);
        }

        await ReadInputAsync(cancellationToken);
    }

    private bool TryReceive(Span<byte> target, out ValueWebSocketReceiveResult result)
    {
        while (true)
        {
            if (!_isInFrame)
            {
                if (!TryBeginFrame(out var isClose))
                {
                    result = default;
                    return false;
                }

                if (isClose)
                {
                    result = new ValueWebSocketReceiveResult(0, WebSocketMessageType.Close, true);
                    return true;
                }
            }

            if (_isInFrame && TryTakePayload(target, out result))
            {
                return true;
            }

            if (_isInFrame)
            {
                result = default;
                return false;
            }
        }
    }

    // True when there is something to tell; else the frame has ended without ending its message, or more bytes are needed.
    private bool TryTakePayload(Span<byte> target, out ValueWebSocketReceiveResult result)
    {
        var type = _message == Opcode.Text ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
        var count = (int)Math.Min(Math.Min(_left, target.Length), _inputEnd - _inputStart);
        if (count > 0)
        {
            _mask = Masking.Unmask(_input.AsSpan(_inputStart, count), target, _mask);
            _inputStart += count;
            _left -= count;
        }

        var isEnd = _left == 0 && _isFinal;
        result = new ValueWebSocketReceiveResult(count, type, isEnd);
        var wasAsked = target.IsEmpty && _left > 0;
        if (_left == 0)
        {
            _isInFrame = false;
            _message = isEnd ? Opcode.Continuation : _message;
        }

        return count > 0 || isEnd || wasAsked;
    }

    private bool TryBeginFrame(out bool isClose)
    {
        isClose = false;
        while (true)
        {
            var bytes = _input.AsSpan(_inputStart.._inputEnd);
            if (!FrameHeader.TryRead(bytes, out var header, out var headerLength))
            {
                return false;
            }

            _turn.CountFrame();
            if (header.Opcode is Opcode.Continuation or Opcode.Text or Opcode.Binary)
            {
                _inputStart += headerLength;
                BeginData(header);
                return true;
            }

            if (bytes.Length < headerLength + (int)header.Length)
            {
                return false;
            }

            var payload = bytes.Slice(headerLength, (int)header.Length);
            Masking.Unmask(payload, payload, header.Mask);
            _inputStart += headerLength + payload.Length;
            if (TakeControl(header.Opcode, payload))
            {
                isClose = true;
                return true;
            }
        }
    }

    private void BeginData(in FrameHeader header)
    {
        if (header.Opcode == Opcode.Continuation == (_message == Opcode.Continuation))
        {
            throw new FrameException(
                header.Opcode == Opcode.Continuation ? "there is no message to continue" : "the last message has not ended yet");
        }

        if (header.Opcode != Opcode.Continuation)
        {
            _message = header.Opcode;
        }

        (_isInFrame, _isFinal, _left, _mask) = (true, header.IsFinal, header.Length, header.Mask);
    }

    private bool TakeControl(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        switch (opcode)
        {
            case Opcode.Ping:
                OweAnswer(payload);
                return false;
            case Opcode.Pong:
                // Whatever has come says that the peer is there.
                return false;
            default:
                (_closeStatus, _closeReason) = CloseFrame.Read(payload);
                MoveOn(WebSocketState.CloseReceived, WebSocketState.CloseSent);
                return true;
        }
    }

    private void ReturnInput()
    {
        if (_input is { } input)
        {
            _input = null;
            _inputStart = _inputEnd = 0;
            ArrayPool<byte>.Shared.Return(input);
        }
    }
}
