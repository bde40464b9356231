using System.Diagnostics;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;

namespace Ingress.Pipeline.Sessions;

/// <summary>
/// What a session tells its client: the numbered messages sent and unsent, the memory that they take, and the connection over which they
/// go, which may break and be replaced. Thread-safe; its lock is never held while another one is taken.
/// </summary>
/// <remarks>
/// The session guards what it has with the same lock, so that a request changes and its client is told in one step. It calls the members
/// that say so with the lock held; all others take it.
/// </remarks>
internal sealed class Outbox
{
    private readonly long _maxBytes;
    private readonly ClientMemory _memory;
    private readonly bool _resumable;

    // Never copied: a copy would go on by itself.
    private EventLog _log;
    private MemoryShare _held;
    private ClientConnection? _connection;
    private byte[]? _preface;
    private long _detachedSince;
    private bool _ended;

    /// <summary>Initializes a new instance without a connection.</summary>
    /// <param name="protocol">The protocol of its connections.</param>
    /// <param name="resumable">Whether it may outlive a broken connection: what was sent is kept to be sent again.</param>
    /// <param name="maxBytes">The most bytes waiting to be sent, and the most kept to be sent again.</param>
    /// <param name="memory">Where what it keeps is counted.</param>
    /// <param name="time">The clock.</param>
    public Outbox(WireProtocol protocol, bool resumable, long maxBytes, ClientMemory memory, TimeProvider time)
    {
        Protocol = protocol;
        Time = time;
        _resumable = resumable;
        _maxBytes = maxBytes;
        _memory = memory;
        _log = new EventLog(keepSent: resumable);
    }

    /// <summary>Gets the lock of the session.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Gets the protocol.</summary>
    public WireProtocol Protocol { get; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Gets the connection; null while there is none. Under the lock.</summary>
    public ClientConnection? Connection => _connection;

    /// <summary>Gets whether nothing may be told any more. Under the lock.</summary>
    public bool IsEnded => _ended;

    /// <summary>Gets the timestamp since when it has no connection; 0 while it has one.</summary>
    public long DetachedSince => Volatile.Read(ref _detachedSince);

    /// <summary>Gets the bytes that are counted as held for its client.</summary>
    public long HeldBytes => _held.Counted;

    /// <summary>Gets whether more waits to be sent than may, for this client or for all of them together.</summary>
    public bool IsOverflowing
    {
        get
        {
            lock (Gate)
            {
                if (_connection is not null)
                {
                    // The others may have come to hold too much since it added something itself.
                    CountMemory();
                }

                return _log.UnsentBytes > MaxBytes || _memory.IsTooMuch(_log.HeldBytes);
            }
        }
    }

    // One event may be of any size: its client has had no chance yet to read it.
    private long MaxBytes => _log.Largest > _maxBytes ? _maxBytes + _log.Largest : _maxBytes;

    /// <summary>Gives it its first connection.</summary>
    /// <param name="connection">The connection.</param>
    public void Open(ClientConnection connection)
    {
        lock (Gate)
        {
            _connection = connection;
        }
    }

    /// <summary>Adds an event. Under the lock, and not once it has ended.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="serverEvent">The event.</param>
    public void Add<T>(in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        Debug.Assert(Gate.IsHeldByCurrentThread, "The session's lock guards what it is told.");
        var seq = _log.NextSeq();
        _log.Append(new OutboundFrame(EventSerializer.Serialize(serverEvent, seq), seq));
        CountMemory();
    }

    /// <summary>Adds the acknowledgement of a request, as its protocol has it. Under the lock, and not once it has ended.</summary>
    /// <param name="queued">The acknowledgement in <c>ingress.v1</c>.</param>
    public void Acknowledge(in RequestQueued queued)
    {
        Debug.Assert(Gate.IsHeldByCurrentThread, "The session's lock guards what it is told.");
        if (Protocol == WireProtocol.V1)
        {
            Add(queued);
        }
        else
        {
            _log.AppendAcknowledgement();
            CountMemory();
        }
    }

    /// <summary>Takes the next message to send.</summary>
    /// <param name="connection">The connection that would send it.</param>
    /// <param name="frame">The message.</param>
    /// <returns>False when there is none, or the connection is no longer the session's.</returns>
    public bool TryTake(ClientConnection connection, out OutboundFrame frame)
    {
        lock (Gate)
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

            if (_log.TryTake(_resumable ? Time.GetTimestamp() : 0, out frame))
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
        lock (Gate)
        {
            return _connection == connection && (_preface is not null || _log.HasUnsent);
        }
    }

    /// <summary>Notes that the connection broke; the session waits for another one.</summary>
    /// <param name="connection">The connection that broke.</param>
    /// <returns>False when it is no longer the session's, or the session ended or cannot be resumed.</returns>
    public bool TryDetach(ClientConnection connection)
    {
        lock (Gate)
        {
            if (_ended || _connection != connection || !_resumable)
            {
                return false;
            }

            _connection = null;
            _preface = null;
            Volatile.Write(ref _detachedSince, Time.GetTimestamp());
            return true;
        }
    }

    /// <summary>Goes on over another connection: what the client has not seen is sent again.</summary>
    /// <param name="session">The session's id, for the client.</param>
    /// <param name="connection">The new connection.</param>
    /// <param name="lastSeq">The last event that the client has seen.</param>
    /// <param name="replaced">The connection that the session had, if it still had one.</param>
    /// <returns>
    /// False when events after that one are no longer kept, that one was never sent, or the session has ended; nothing has changed then.
    /// </returns>
    public bool TryResume(Guid session, ClientConnection connection, long lastSeq, out ClientConnection? replaced)
    {
        lock (Gate)
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
            var resumed = new SessionResumed(session.ToString(), again);
            _preface = EventSerializer.Serialize(resumed, lastSeq);
            return true;
        }
    }

    /// <summary>Forgets sent events that the client must have received.</summary>
    /// <param name="timestamp">Events sent before it are forgotten, unless the session waits for a connection.</param>
    public void TrimOlderThan(long timestamp)
    {
        lock (Gate)
        {
            if (_connection is not null)
            {
                _log.TrimOlderThan(timestamp);
                CountMemory();
            }
        }
    }

    /// <summary>Gives up what is kept to be sent again beyond a fair share, where too much is held for all clients together.</summary>
    public void RelieveMemory()
    {
        lock (Gate)
        {
            CountMemory();
        }
    }

    /// <summary>Gives up all that is kept to be sent again.</summary>
    /// <returns>The bytes that this freed, as they are counted.</returns>
    public long DropKept()
    {
        lock (Gate)
        {
            var before = HeldBytes;
            _log.TrimToSize(0);
            CountMemory();
            return before - HeldBytes;
        }
    }

    /// <summary>Nothing is told from here on. Under the lock, once.</summary>
    /// <param name="keepUnsent">Whether what was told before is still to be sent.</param>
    public void End(bool keepUnsent)
    {
        Debug.Assert(Gate.IsHeldByCurrentThread, "The session's lock guards its end.");
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
    }

    /// <summary>Lets go of what an ended session had still to send: its connection is gone.</summary>
    public void DropUnsent()
    {
        lock (Gate)
        {
            if (_ended)
            {
                _log.Clear();
                CountMemory();
            }
        }
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
