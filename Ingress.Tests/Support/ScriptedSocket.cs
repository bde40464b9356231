using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace Ingress.Tests.Support;

/// <summary>A WebSocket without a network: a test plays the client. Sends complete at once unless they are held.</summary>
internal sealed class ScriptedSocket : WebSocket
{
    private readonly Channel<ClientFrame> _inbox = Channel.CreateUnbounded<ClientFrame>();

    private readonly CancellationTokenSource _aborted = new();
    private readonly Lock _gate = new();
    private readonly List<string> _sent = [];
    private TaskCompletionSource? _held;
    private ClientFrame? _current;
    private int _offset;
    private int _receiving;
    private WebSocketState _state = WebSocketState.Open;
    private WebSocketCloseStatus? _closeStatus;

    /// <summary>Gets what was sent to the client so far.</summary>
    public IReadOnlyList<string> Sent
    {
        get
        {
            lock (_gate)
            {
                return [.. _sent];
            }
        }
    }

    /// <summary>Gets the close code that the server sent.</summary>
    public WebSocketCloseStatus? SentClose { get; private set; }

    public string? SentCloseReason { get; private set; }

    /// <summary>Gets or sets whether the client answers the server's close frame with its own.</summary>
    public bool AnswersClose { get; set; } = true;

    /// <summary>Gets whether sends wait.</summary>
    public bool IsHeld => _held is { Task.IsCompleted: false };

    /// <summary>Gets the size of the buffer that the server waits with for the client's next frame; null while it does not wait.</summary>
    public int? WaitingBuffer { get; private set; }

    /// <summary>Gets whether the server waits for the client and has read all it sent.</summary>
    public bool IsQuiet => Volatile.Read(ref _receiving) == 1 && _inbox.Reader.Count == 0;

    /// <summary>Gets whether the client's side broke off.</summary>
    public bool IsBroken => _inbox.Reader.Completion.IsCompleted;

    public bool IsAborted => _aborted.IsCancellationRequested;

    public override WebSocketCloseStatus? CloseStatus => _closeStatus;

    public override string? CloseStatusDescription => null;

    public override WebSocketState State => _state;

    public override string? SubProtocol => null;

    public void ClientSends(string text) => ClientSends(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    /// <summary>Sends a frame: a whole message, or with <paramref name="end"/> false a part of one.</summary>
    public void ClientSends(byte[] data, WebSocketMessageType type, bool end = true) =>
        _inbox.Writer.TryWrite(new ClientFrame(data, type, end));

    public void ClientCloses(WebSocketCloseStatus code = WebSocketCloseStatus.NormalClosure) =>
        _inbox.Writer.TryWrite(new ClientFrame([], WebSocketMessageType.Close, true, code));

    public void Breaks(WebSocketError error = WebSocketError.ConnectionClosedPrematurely) =>
        _inbox.Writer.TryComplete(new WebSocketException(error));

    /// <summary>Sends wait from here on until <see cref="Release"/>.</summary>
    public void Hold()
    {
        if (!IsHeld)
        {
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release() => _held?.TrySetResult();

    public override void Abort()
    {
        _state = WebSocketState.Aborted;
        _aborted.Cancel();
        _inbox.Writer.TryComplete(new WebSocketException(WebSocketError.ConnectionClosedPrematurely));
    }

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The service closes its output only.");

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        SentClose = closeStatus;
        SentCloseReason = statusDescription;
        if (_state == WebSocketState.Open)
        {
            _state = WebSocketState.CloseSent;
            if (AnswersClose)
            {
                ClientCloses(closeStatus);
            }
        }
        else
        {
            _state = WebSocketState.Closed;
        }

        return Task.CompletedTask;
    }

    public override void Dispose()
    {
    }

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var result = await ReceiveAsync(buffer.AsMemory(), cancellationToken);
        return new WebSocketReceiveResult(result.Count, result.MessageType, result.EndOfMessage);
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_current is null)
        {
            WaitingBuffer = buffer.Length;
            Volatile.Write(ref _receiving, 1);
            try
            {
                if (!await _inbox.Reader.WaitToReadAsync(cancellationToken))
                {
                    throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
                }
            }
            catch
            {
                // As the framework's own socket: what broke the reading has broken the connection.
                _state = WebSocketState.Aborted;
                await _aborted.CancelAsync();
                throw;
            }
            finally
            {
                Volatile.Write(ref _receiving, 0);
                WaitingBuffer = null;
            }

            _inbox.Reader.TryRead(out var message);
            _current = message;
            _offset = 0;
        }

        var (data, type, last, code) = _current.Value;
        if (type == WebSocketMessageType.Close)
        {
            _closeStatus = code;
            _state = _state == WebSocketState.CloseSent ? WebSocketState.Closed : WebSocketState.CloseReceived;
            return new ValueWebSocketReceiveResult(0, WebSocketMessageType.Close, true);
        }

        var count = Math.Min(buffer.Length, data.Length - _offset);
        data.AsMemory(_offset, count).CopyTo(buffer);
        _offset += count;
        var end = _offset == data.Length;
        if (end)
        {
            _current = null;
        }

        return new ValueWebSocketReceiveResult(count, type, end && last);
    }

    public override Task SendAsync(
        ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        SendAsync((ReadOnlyMemory<byte>)buffer, messageType, endOfMessage, cancellationToken).AsTask();

    public override async ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        if (_held is { } held)
        {
            await held.Task.WaitAsync(_aborted.Token);
        }

        if (IsAborted)
        {
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
        }

        lock (_gate)
        {
            _sent.Add(Encoding.UTF8.GetString(buffer.Span));
        }
    }

    private readonly record struct ClientFrame(
        byte[] Data, WebSocketMessageType Type, bool End, WebSocketCloseStatus? Code = null);
}
