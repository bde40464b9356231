using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Sessions;

/// <summary>
/// What a client has here: its live requests, and the numbered events about them. It lives as long as its connection and, for
/// <c>ingress.v1</c>, a while longer when that breaks. Thread-safe; its lock is never held while another one is taken.
/// </summary>
internal sealed class Session
{
    private readonly Lock _gate = new();
    private readonly EventLog _log;
    private readonly long _maxOutboundBytes;
    private readonly ClientMemory _memory;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closed = new();
    private LiveRequests _live;
    private ClientConnection? _connection;
    private byte[]? _preface;
    private MemoryShare _held;
    private long _detachedSince;
    private bool _ended;

    /// <summary>Initializes a new instance without a connection.</summary>
    /// <param name="protocol">The protocol of its connections.</param>
    /// <param name="identity">Who it belongs to.</param>
    /// <param name="resumable">Whether it may outlive a broken connection.</param>
    /// <param name="maxOutboundBytes">The most bytes waiting to be sent, and the most kept to be sent again.</param>
    /// <param name="memory">Where what it keeps for its client is counted.</param>
    /// <param name="time">The clock.</param>
    public Session(
        WireProtocol protocol, ClientIdentity identity, bool resumable, long maxOutboundBytes, ClientMemory memory, TimeProvider time)
    {
        Protocol = protocol;
        Identity = identity;
        IsResumable = resumable && protocol == WireProtocol.V1;
        ResumeToken = IsResumable ? Sessions.ResumeToken.Create() : default;
        _log = new EventLog(keepSent: IsResumable);
        _maxOutboundBytes = maxOutboundBytes;
        _memory = memory;
        _time = time;
    }

    /// <summary>Gets the id: a UUIDv7.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>Gets the protocol.</summary>
    public WireProtocol Protocol { get; }

    /// <summary>Gets who it belongs to.</summary>
    public ClientIdentity Identity { get; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Gets whether it may outlive a broken connection.</summary>
    public bool IsResumable { get; }

    /// <summary>Gets the secret with which it can be taken over.</summary>
    public ResumeToken ResumeToken { get; }

    /// <summary>Gets the token that fires when the session has ended.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Gets the number of live requests, waiting and running.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
            {
                return _live.Count;
            }
        }
    }

    /// <summary>Gets the timestamp since when it has no connection; 0 while it has one.</summary>
    public long DetachedSince => Volatile.Read(ref _detachedSince);

    /// <summary>Gets the bytes that are counted as held for its client.</summary>
    public long HeldBytes => _held.Counted;

    // One event may be of any size: its client has had no chance yet to read it.
    private long MaxBytes => _log.Largest > _maxOutboundBytes ? _maxOutboundBytes + _log.Largest : _maxOutboundBytes;

    /// <summary>Gives the session its first connection.</summary>
    /// <param name="connection">The connection.</param>
    public void Open(ClientConnection connection)
    {
        lock (_gate)
        {
            _connection = connection;
        }
    }

    /// <summary>Adds a request and acknowledges it, in one step, so that nothing about it can be said before.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxPending">The most live requests.</param>
    /// <param name="queued">The acknowledgement in <c>ingress.v1</c>.</param>
    /// <returns>What kept it out, or null.</returns>
    public string? TryAdd(ConversationRequest request, int maxPending, in RequestQueued queued)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return ErrorCode.Draining;
            }

            if (_live.Count >= maxPending)
            {
                return ErrorCode.ConnectionQueueFull;
            }

            if (!_live.TryAdd(request))
            {
                return ErrorCode.DuplicateId;
            }

            if (Protocol == WireProtocol.V1)
            {
                AppendEvent(queued);
            }
            else
            {
                _log.AppendAcknowledgement();
                CountMemory();
            }

            return null;
        }
    }

    /// <summary>Finds a live request.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The request, or null.</returns>
    public ConversationRequest? Find(string id)
    {
        lock (_gate)
        {
            return _live.Find(id);
        }
    }

    /// <summary>Lets go of a request that has ended and tells the client, in one step.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="serverEvent">What the client is told.</param>
    public void Complete<T>(ConversationRequest request, in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        ClientConnection? connection;
        lock (_gate)
        {
            _live.Remove(request);
            if (_ended)
            {
                return;
            }

            AppendEvent(serverEvent);
            connection = _connection;
        }

        connection?.Flush();
    }

    /// <summary>Tells the client something about a live request, at once.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="request">The request; nothing is told once it has ended.</param>
    /// <param name="serverEvent">The event.</param>
    public void Tell<T>(ConversationRequest request, in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        ClientConnection? connection;
        lock (_gate)
        {
            if (_ended || !request.IsLive)
            {
                return;
            }

            AppendEvent(serverEvent);
            connection = _connection;
        }

        connection?.Flush();
    }

    /// <summary>Tells the client something; it is sent with the connection's next flush.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="serverEvent">The event.</param>
    public void Append<T>(in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        lock (_gate)
        {
            if (!_ended)
            {
                AppendEvent(serverEvent);
            }
        }
    }

    /// <summary>Takes the next message to send.</summary>
    /// <param name="connection">The connection that would send it.</param>
    /// <param name="frame">The message.</param>
    /// <returns>False when there is none, or the connection is no longer the session's.</returns>
    public bool TryTake(ClientConnection connection, out OutboundFrame frame)
    {
        lock (_gate)
        {
            if (_connection != connection)
            {
                frame = default;
                return false;
            }

            if (_preface is { } preface)
            {
                _preface = null;
                frame = new OutboundFrame(preface, 0);
                return true;
            }

            if (_log.TryTake(IsResumable ? _time.GetTimestamp() : 0, out frame))
            {
                _log.TrimToSize(MaxBytes);
                CountMemory();
                return true;
            }
        }

        frame = default;
        return false;
    }

    /// <summary>Tells whether a connection has something to send.</summary>
    /// <param name="connection">The connection.</param>
    /// <returns>True when <see cref="TryTake"/> would find a message.</returns>
    public bool HasUnsent(ClientConnection connection)
    {
        lock (_gate)
        {
            return _connection == connection && (_preface is not null || _log.HasUnsent);
        }
    }

    /// <summary>Gets whether more waits to be sent than may, for this client or for all of them together.</summary>
    public bool IsOverflowing
    {
        get
        {
            lock (_gate)
            {
                return _log.UnsentBytes > MaxBytes || _memory.IsTooMuch(_log.HeldBytes);
            }
        }
    }

    /// <summary>Gives up what is kept to be sent again beyond a fair share, where too much is held for all clients together.</summary>
    public void RelieveMemory()
    {
        lock (_gate)
        {
            CountMemory();
        }
    }

    /// <summary>Notes that the connection broke; the session waits for another one.</summary>
    /// <param name="connection">The connection that broke.</param>
    /// <returns>False when it is no longer the session's, or the session ended or cannot be resumed.</returns>
    public bool TryDetach(ClientConnection connection)
    {
        lock (_gate)
        {
            if (_ended || _connection != connection || !IsResumable)
            {
                return false;
            }

            _connection = null;
            _preface = null;
            Volatile.Write(ref _detachedSince, _time.GetTimestamp());
            return true;
        }
    }

    /// <summary>Goes on over another connection: what the client has not seen is sent again.</summary>
    /// <param name="connection">The new connection.</param>
    /// <param name="lastSeq">The last event that the client has seen.</param>
    /// <param name="replaced">The connection that the session had, if it still had one.</param>
    /// <returns>
    /// False when events after that one are no longer kept, that one was never sent, or the session has ended; nothing has changed then.
    /// </returns>
    public bool TryResume(ClientConnection connection, long lastSeq, out ClientConnection? replaced)
    {
        lock (_gate)
        {
            replaced = _connection;
            if (_ended || lastSeq < 0)
            {
                return false;
            }

            var again = _log.Rewind(lastSeq);
            if (again < 0)
            {
                return false;
            }

            _connection = connection;
            Volatile.Write(ref _detachedSince, 0);
            var resumed = new SessionResumed(Id.ToString(), again);
            _preface = EventSerializer.Serialize(resumed, lastSeq);
            return true;
        }
    }

    /// <summary>Forgets sent events that the client must have received.</summary>
    /// <param name="timestamp">Events sent before it are forgotten, unless the session waits for a connection.</param>
    public void TrimOlderThan(long timestamp)
    {
        lock (_gate)
        {
            if (_connection is not null)
            {
                _log.TrimOlderThan(timestamp);
                CountMemory();
            }
        }
    }

    /// <summary>Counts what its live requests hold in their queues.</summary>
    /// <param name="live">How many are live.</param>
    /// <returns>Places and bytes.</returns>
    public (long Places, long Bytes) CountHeld(out int live)
    {
        lock (_gate)
        {
            live = _live.Count;
            return _live.CountHeld();
        }
    }

    /// <summary>Gets the requests that are live now.</summary>
    /// <returns>A copy.</returns>
    public ConversationRequest[] Live()
    {
        lock (_gate)
        {
            return _live.ToArray();
        }
    }

    /// <summary>Ends the session: nothing is added, and nothing told, from here on.</summary>
    /// <param name="keepUnsent">Whether what was told before is still to be sent.</param>
    /// <returns>What was live, for the caller to end; null when somebody else has ended the session.</returns>
    public ConversationRequest[]? End(bool keepUnsent) => End(keepUnsent, anywhere: true, null);

    /// <summary>Ends the session unless it has gone over to another connection, or found one.</summary>
    /// <param name="connection">The connection that it must still be on; null for none.</param>
    /// <param name="keepUnsent">Whether what was told before is still to be sent.</param>
    /// <returns>What was live, for the caller to end; null when the session goes on elsewhere or has ended.</returns>
    public ConversationRequest[]? EndOn(ClientConnection? connection, bool keepUnsent) =>
        End(keepUnsent, anywhere: false, connection);

    /// <summary>Lets go of what an ended session had still to send: its connection is gone.</summary>
    public void DropUnsent()
    {
        lock (_gate)
        {
            if (_ended)
            {
                _log.Clear();
                CountMemory();
            }
        }
    }

    // Looked at and ended in one step: a client that resumes between the two would be left with a dead session.
    private ConversationRequest[]? End(bool keepUnsent, bool anywhere, ClientConnection? connection)
    {
        ConversationRequest[] live;
        lock (_gate)
        {
            if (_ended || (!anywhere && _connection != connection))
            {
                return null;
            }

            _ended = true;

            // Requests at the backend refer to the session until their jobs have ended; what cannot be asked for again goes now.
            if (keepUnsent && _connection is not null)
            {
                _log.StopKeeping();
            }
            else
            {
                _log.Clear();
            }

            CountMemory();
            live = _live.Clear();
        }

        _ = _closed.CancelAsync();
        return live;
    }

    private void AppendEvent<T>(in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        var seq = _log.NextSeq();
        _log.Append(new OutboundFrame(EventSerializer.Serialize(serverEvent, seq), seq));
        CountMemory();
    }

    private void CountMemory()
    {
        if (_memory.IsTooMuch(_log.HeldBytes))
        {
            // Better not to be able to resume than to be cut off.
            _log.TrimToSize(Math.Max(0, _memory.FairShare - (_log.HeldBytes - _log.KeptBytes)));
        }

        _held.Update(_memory, _log.HeldBytes);
    }
}
