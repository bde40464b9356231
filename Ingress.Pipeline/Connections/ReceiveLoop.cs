using System.Buffers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Connections;

/// <summary>
/// The receiving half of one WebSocket. It never waits for anything but the client: what it takes in is queued or refused at once, and
/// what it answers is sent by the connection. While the client is silent it holds no buffer.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="connection">The sending half.</param>
/// <param name="handler">Takes whole messages.</param>
/// <param name="maxMessageBytes">The largest message.</param>
internal sealed class ReceiveLoop(WebSocket socket, ClientConnection connection, MessageHandler handler, int maxMessageBytes)
{
    private const int FirstBufferBytes = 4096;

    /// <summary>
    /// How long a client that broke the protocol may take to read the close frame that says so, before the connection ends: long enough
    /// for any network, short enough for a client that waits for the end.
    /// </summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(0.5);

    /// <summary>After so many messages that were there already, their answers are sent although more are there.</summary>
    private const int MostUnflushed = 64;

    // Any other socket, such as a test's, hands its messages out in parts only.
    private readonly FrameWebSocket? _frames = socket as FrameWebSocket;
    private Utf8Progress _text;
    private byte[]? _buffer;
    private int _count;
    private int _unflushed;

    /// <summary>Receives until the connection ends.</summary>
    /// <returns>How it ended.</returns>
    public async Task<SessionEnd> RunAsync()
    {
        if (_frames is not null)
        {
            _frames.AnswerOwed = connection.Flush;
        }

        try
        {
            while (true)
            {
                if (_frames is not null && _count == 0)
                {
                    TakeWholeMessages(_frames);
                    if (_frames.IsIdle)
                    {
                        ReturnBuffer();
                        Flush();
                        _ = await _frames.WhenReadableAsync(CancellationToken.None);
                        await _frames.ReadInputAsync(CancellationToken.None);
                        continue;
                    }
                }

                if (TakePart(await ReceiveSomeAsync()) is { } end)
                {
                    return end;
                }
            }
        }
        catch (WebSocketException e)
        {
            return EndOf(e);
        }
        catch (FrameException e)
        {
            handler.RefuseFrames(e);
            await DiscardAsync();
            return SessionEnd.ProtocolError;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            return connection.Closing?.Cause ?? SessionEnd.Broken;
        }
        finally
        {
            ReturnBuffer();
        }
    }

    // A part of a message, or all of it in parts; gives how the connection ended once it has.
    private SessionEnd? TakePart(in ValueWebSocketReceiveResult result)
    {
        if (result.MessageType == WebSocketMessageType.Close)
        {
            // What was answered before is sent before the session ends: a client may send and close in one breath.
            connection.Flush();
            return connection.Closing?.Cause ?? SessionEnd.ClientClosed;
        }

        _count += result.Count;
        if (connection.Closing is not null)
        {
            // Nothing counts any more; read on to the client's own close frame.
            _count = 0;
        }
        else if (_count > maxMessageBytes)
        {
            handler.RefuseTooLarge();
            _count = 0;
        }
        else if (result.MessageType == WebSocketMessageType.Text && !_text.IsValid(_buffer.AsSpan(0, _count), result.EndOfMessage))
        {
            throw InvalidText();
        }
        else if (result.EndOfMessage)
        {
            handler.Handle(_buffer.AsSpan(0, _count), result.MessageType == WebSocketMessageType.Text);
            _count = 0;
        }

        return null;
    }

    // Where they lie, without copying them together: nearly all messages come in one frame.
    private void TakeWholeMessages(FrameWebSocket frames)
    {
        while (connection.Closing is null && frames.TryTakeMessage(out var message, out var isText))
        {
            if (message.Length > maxMessageBytes)
            {
                handler.RefuseTooLarge();
                return;
            }

            if (isText && !Utf8.IsValid(message))
            {
                throw InvalidText();
            }

            handler.Handle(message, isText);
            if (++_unflushed >= MostUnflushed)
            {
                Flush();
            }
        }
    }

    private static FrameException InvalidText() => new("the text is not UTF-8", WebSocketCloseStatus.InvalidPayloadData);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ValueWebSocketReceiveResult> ReceiveSomeAsync()
    {
        if (_count == 0)
        {
            // An empty read ends when a message begins: nothing is rented until then, and what was rented goes back before the wait.
            var start = socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (!start.IsCompleted)
            {
                ReturnBuffer();
                Flush();
            }
            else if (++_unflushed >= MostUnflushed)
            {
                Flush();
            }

            var started = await start;
            if (started.EndOfMessage || started.MessageType == WebSocketMessageType.Close)
            {
                return started;
            }
        }

        if (!MakeRoom())
        {
            // What is left of the message comes in over what was read of it, and is not looked at.
            handler.RefuseForMemory();
            _count = 0;
        }

        var read = socket.ReceiveAsync(_buffer.AsMemory(_count), CancellationToken.None);
        if (!read.IsCompleted)
        {
            Flush();
        }

        return await read;
    }

    private async Task DiscardAsync()
    {
        ReturnBuffer();
        if (socket is FrameWebSocket frames)
        {
            using var linger = new CancellationTokenSource(Linger);
            try
            {
                await frames.DiscardAsync(linger.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // Cut off, as it had to be in the end.
            }
        }
    }

    private void Flush()
    {
        _unflushed = 0;
        if (_frames is { IsBusy: true } && TurnLine.OfThisThread is not null)
        {
            // Whoever has much on its way is not answered piece by piece: it would send as much again at once, before others had their turn.
            connection.FlushSoon();
        }
        else
        {
            connection.Flush();
        }
    }

    // False when the message takes more than a fair share of what there is for all.
    private bool MakeRoom()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferBytes);
        }
        else if (_count == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
            return connection.TryHoldIncoming(larger.Length);
        }

        return true;
    }

    private void ReturnBuffer()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
            connection.TryHoldIncoming(0);
        }
    }

    private SessionEnd EndOf(WebSocketException e)
    {
        if (connection.Closing is { } closing)
        {
            return closing.Cause;
        }

        // What the frames themselves break (masks, opcodes, lengths, UTF-8) is answered by the socket with a close frame of its own;
        // all else is a network that went away.
        return e.WebSocketErrorCode is WebSocketError.Faulted or WebSocketError.HeaderError or WebSocketError.InvalidMessageType
            && e.InnerException is not IOException
            ? SessionEnd.ProtocolError
            : SessionEnd.Broken;
    }
}
