using System.Net.WebSockets;

namespace Ingress.Pipeline.Frames;

/// <summary>
/// The server's side of a WebSocket over a connection's stream: as strict as RFC 6455 asks for, without a buffer while nothing moves, and
/// with several messages in one write.
/// </summary>
/// <remarks>
/// One receiver and one sender at a time; both may run together. Unlike the framework's socket it never writes by itself: pings, pongs and
/// the answers to protocol errors are left to the sender, so that there is one writer and nothing to lock. No extension is supported, so
/// nothing is ever compressed. The measured reasons for its existence are in docs/performance.md.
/// </remarks>
public sealed partial class FrameWebSocket : WebSocket
{
    private readonly Stream _stream;
    private readonly Action _cutOff;
    private readonly TimeProvider _time;
    private int _state = (int)WebSocketState.Open;
    private WebSocketCloseStatus? _closeStatus;
    private string? _closeReason;

    /// <summary>Initializes a new instance over a connection whose handshake is done.</summary>
    /// <param name="stream">The connection's stream after the handshake; its owner disposes it.</param>
    /// <param name="subProtocol">What was agreed on; null for nothing.</param>
    /// <param name="cutOff">Ends the connection at once, from any thread, more than once if need be.</param>
    /// <param name="time">The clock.</param>
    public FrameWebSocket(Stream stream, string? subProtocol, Action cutOff, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _stream = stream;
        _cutOff = cutOff;
        _time = time;
        SubProtocol = subProtocol;
        _lastReceived = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public override WebSocketCloseStatus? CloseStatus => _closeStatus;

    /// <inheritdoc/>
    public override string? CloseStatusDescription => _closeReason;

    /// <inheritdoc/>
    public override string? SubProtocol { get; }

    /// <inheritdoc/>
    public override WebSocketState State => (WebSocketState)Volatile.Read(ref _state);

    /// <inheritdoc/>
    public override void Abort()
    {
        if (Interlocked.Exchange(ref _state, (int)WebSocketState.Aborted) is not ((int)WebSocketState.Aborted or (int)WebSocketState.Closed))
        {
            _cutOff();
        }
    }

    /// <summary>Lets go of what it holds; the connection itself ends with the request that it came with.</summary>
    public override void Dispose() => ReturnInput();

    /// <summary>Not supported: closing and waiting for the peer is the receive loop's part.</summary>
    /// <inheritdoc/>
    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Use CloseOutputAsync and go on receiving until the peer's close frame.");

    // Each side's close frame moves the state on; with both it is closed.
    private void MoveOn(WebSocketState fromOpen, WebSocketState fromOther)
    {
        if (Interlocked.CompareExchange(ref _state, (int)fromOpen, (int)WebSocketState.Open) != (int)WebSocketState.Open)
        {
            Interlocked.CompareExchange(ref _state, (int)WebSocketState.Closed, (int)fromOther);
        }
    }
}
