using System.Net.WebSockets;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Pipeline.Connections;

/// <summary>
/// The sending half of one WebSocket, and its end. Whoever has something for the client puts it into the session and flushes; one pump
/// at a time sends, so that the socket has a single writer and nobody waits for a slow client.
/// </summary>
/// <param name="socket">The socket; its owner disposes it.</param>
/// <param name="session">The session that it begins with.</param>
/// <param name="identity">Who is behind it.</param>
/// <param name="sessions">Where a session is ended when the client does not read.</param>
/// <param name="options">The limits.</param>
/// <param name="memory">Where what it holds is counted.</param>
/// <param name="metrics">Counts slow consumers.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientConnection(
    WebSocket socket,
    Session session,
    ClientIdentity identity,
    SessionRegistry sessions,
    ConnectionOptions options,
    ClientMemory memory,
    IngressMetrics metrics,
    TimeProvider time)
{
    /// <summary>How long a peer may take to answer our close frame, or to read the frame before it, before it is cut off.</summary>
    public static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After so long without news the next is sent at once. Longer than it takes to write to a thousand clients one by one, else nothing would ever
    /// leave together where all of them are sent as much as goes.
    /// </summary>
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(20);

    /// <summary>So much is collected before it is written: larger writes are no cheaper for each message.</summary>
    private const int WriteBytes = 32 << 10;

    // Any other socket, such as a test's, is sent one message at a time and looks after its own pings.
    private readonly FrameWebSocket? _frames = socket as FrameWebSocket;
    private Session _session = session;
    private MemoryShare _incoming;
    private MemoryShare _outgoing;
    private int _pumping;
    private int _flushesSoon;
    private Action? _flushSoon;
    private long _pacedAt;
    private long _sendingSince;
    private CloseRequest? _close;
    private int _closeSent;
    private TaskCompletionSource? _outputClosed;

    /// <summary>Gets or sets the session; changes once, when the client resumes another.</summary>
    public Session Session
    {
        get => Volatile.Read(ref _session);
        set => Volatile.Write(ref _session, value);
    }

    /// <summary>Gets who is behind it now; a session that it resumed may have begun with an older token.</summary>
    public ClientIdentity Identity => identity;

    /// <summary>Gets the close that the server asked for; null while it has not.</summary>
    public CloseRequest? Closing => Volatile.Read(ref _close);

    /// <summary>Gets or sets whether the client was warned that its right to be connected runs out.</summary>
    public bool ExpiryWarned { get; set; }

    /// <summary>Gets the bytes counted as held by the connection itself: what is on its way out, and a message that has begun.</summary>
    public long OwnBytes => _incoming.Counted + _outgoing.Counted;

    /// <summary>Gets the bytes counted as held for its client, those of its session too.</summary>
    public long HeldBytes => OwnBytes + Session.Outbox.HeldBytes;

    /// <summary>Notes the memory that a message takes which has begun. For the receive loop only.</summary>
    /// <param name="bytes">The bytes; 0 when it has ended.</param>
    /// <returns>False when too much is held for all clients, and more than a fair share for this one.</returns>
    public bool TryHoldIncoming(int bytes)
    {
        _incoming.Update(memory, bytes);
        return bytes == 0 || !memory.IsTooMuch(bytes);
    }

    /// <summary>Sends what waits, unless somebody is at it. Returns at once: a slow socket is waited for in the background.</summary>
    public void Flush()
    {
        if (Interlocked.Exchange(ref _pumping, 1) == 0)
        {
            _ = PumpAsync();
        }
        else if (Session.Outbox.IsOverflowing)
        {
            CutSlowConsumer();
        }
    }

    /// <summary>Sends what waits, and what is added meanwhile, once others had their turn: what comes bit by bit leaves together.</summary>
    public void FlushSoon()
    {
        if (Interlocked.Exchange(ref _flushesSoon, 1) == 0)
        {
            default(NextTurn).UnsafeOnCompleted(_flushSoon ??= FlushNow);
        }
        else if (Session.Outbox.IsOverflowing)
        {
            Flush();
        }
    }

    /// <summary>Sends what waits: at once for whom there was nothing for a while, else soon. For what jobs bring, as fast as it may come.</summary>
    public void FlushPaced()
    {
        var now = time.GetTimestamp();
        var last = Volatile.Read(ref _pacedAt);
        Volatile.Write(ref _pacedAt, now);
        if (_frames is null || time.GetElapsedTime(last, now) >= Lull)
        {
            Flush();
        }
        else
        {
            FlushSoon();
        }
    }

    /// <summary>Closes the connection: what waits is sent, then the close frame. The first call decides code and cause.</summary>
    /// <param name="status">The close code.</param>
    /// <param name="description">The close reason, at most 123 bytes; for the client's developer.</param>
    /// <param name="cause">What the session ends with.</param>
    public void Close(WebSocketCloseStatus status, string? description, SessionEnd cause)
    {
        var request = new CloseRequest(status, description, cause, time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _close, request, null) is null)
        {
            Flush();
        }
    }

    /// <summary>Cuts the connection off without a word.</summary>
    public void Abort()
    {
        socket.Abort();
        OutputClosed().TrySetResult();
    }

    /// <summary>Waits until the close frame has gone out or the connection was cut off.</summary>
    /// <returns>A task that ends then; <see cref="CheckTime"/> makes sure that it does.</returns>
    public Task WaitForOutputClosedAsync() => OutputClosed().Task;

    /// <summary>Cuts off a client that takes too long to read or to answer the close. Called regularly.</summary>
    /// <param name="now">The timestamp now.</param>
    public void CheckTime(long now)
    {
        if (Closing is { } close)
        {
            if (time.GetElapsedTime(close.RequestedAt, now) >= CloseTimeout)
            {
                Abort();
            }

            return;
        }

        if (_frames?.CheckAlive(options.KeepAliveInterval, options.KeepAliveTimeout, now) == true)
        {
            Flush();
        }

        var since = Volatile.Read(ref _sendingSince);
        if (since != 0 && time.GetElapsedTime(Math.Max(since, _frames?.LastProgress ?? 0), now) >= options.SendTimeout)
        {
            CutSlowConsumer();
        }
    }

    /// <summary>Closes a connection whose client makes the service hold too much, and ends its session. Does nothing when it closes already.</summary>
    public void CutSlowConsumer()
    {
        var request = new CloseRequest(
            WebSocketCloseStatus.PolicyViolation, "slow consumer: read faster or ask for less", SessionEnd.SlowConsumer, time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _close, request, null) is not null)
        {
            return;
        }

        metrics.SlowConsumer();
        sessions.EndOn(this, Session, SessionEnd.SlowConsumer);
        Flush();
    }

    private void FlushNow()
    {
        // In this order: what is added from here on has a turn of its own, and what was before is sent now.
        Volatile.Write(ref _flushesSoon, 0);
        Interlocked.MemoryBarrier();
        Flush();
    }

    private async Task PumpAsync()
    {
        do
        {
            try
            {
                await SendAllAsync();
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException
                or InvalidOperationException)
            {
                // The client is gone; the receive loop learns it from the aborted socket.
                Abort();
            }

            Volatile.Write(ref _sendingSince, 0);
            _outgoing.Update(memory, 0);
            Volatile.Write(ref _pumping, 0);
        }
        while (HasMore() && Interlocked.Exchange(ref _pumping, 1) == 0);
    }

    private async Task SendAllAsync()
    {
        if (Volatile.Read(ref _closeSent) == 0)
        {
            // Nothing may follow the close frame.
            _frames?.AppendOwed();
        }

        while (Volatile.Read(ref _closeSent) == 0 && Session.Outbox.TryTake(this, out var frame))
        {
            if (_frames is null)
            {
                Volatile.Write(ref _sendingSince, time.GetTimestamp());
                await socket.SendAsync(frame.Data, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
                continue;
            }

            _frames.AppendText(frame.Data);
            if (_frames.Unflushed >= WriteBytes)
            {
                await WriteAsync(_frames);
            }
        }

        if (_frames is { Unflushed: > 0 })
        {
            await WriteAsync(_frames);
        }

        if (Closing is { } close && Interlocked.Exchange(ref _closeSent, 1) == 0)
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(close.Status, close.Description, CancellationToken.None);
            }

            OutputClosed().TrySetResult();
        }
    }

    private ValueTask WriteAsync(FrameWebSocket frames)
    {
        _outgoing.Update(memory, frames.Unflushed);
        Volatile.Write(ref _sendingSince, time.GetTimestamp());
        return frames.FlushAsync();
    }

    private bool HasMore() =>
        socket.State is WebSocketState.Open or WebSocketState.CloseReceived
        && (Session.Outbox.HasUnsent(this) || _frames is { OwesControl: true } || (Closing is not null && Volatile.Read(ref _closeSent) == 0));

    private TaskCompletionSource OutputClosed()
    {
        var existing = Volatile.Read(ref _outputClosed);
        if (existing is not null)
        {
            return existing;
        }

        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Interlocked.CompareExchange(ref _outputClosed, made, null) ?? made;
    }
}
