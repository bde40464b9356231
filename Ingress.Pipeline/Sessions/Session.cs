using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Sessions;

/// <summary>
/// What a client has here: its live requests, and the outbox in which it is told of them. It lives as long as its connection and, for
/// <c>ingress.v1</c>, a while longer when that breaks. Thread-safe; its outbox's lock is its own.
/// </summary>
internal sealed class Session
{
    private readonly CancellationTokenSource _closed = new();
    private LiveRequests _live;

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
        resumable = resumable && protocol == WireProtocol.V1;
        Identity = identity;
        ResumeToken = resumable ? Sessions.ResumeToken.Create() : default;
        Outbox = new Outbox(protocol, resumable, maxOutboundBytes, memory, time);
    }

    /// <summary>Gets the id: a UUIDv7.</summary>
    public Guid Id { get; } = Guid.CreateVersion7();

    /// <summary>Gets who it belongs to.</summary>
    public ClientIdentity Identity { get; }

    /// <summary>Gets the secret with which it can be taken over.</summary>
    public ResumeToken ResumeToken { get; }

    /// <summary>Gets what its client is told, and over which connection.</summary>
    public Outbox Outbox { get; }

    /// <summary>Gets the protocol.</summary>
    public WireProtocol Protocol => Outbox.Protocol; // kept once, as the clock is: each field costs ten thousand idle sessions

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time => Outbox.Time;

    /// <summary>Gets the token that fires when the session has ended.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Gets the number of live requests, waiting and running.</summary>
    public int Pending
    {
        get
        {
            lock (Outbox.Gate)
            {
                return _live.Count;
            }
        }
    }

    /// <summary>Adds a request and acknowledges it, in one step, so that nothing about it can be said before.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxPending">The most live requests.</param>
    /// <param name="queued">The acknowledgement in <c>ingress.v1</c>.</param>
    /// <returns>What kept it out, or null.</returns>
    public string? TryAdd(ConversationRequest request, int maxPending, in RequestQueued queued)
    {
        lock (Outbox.Gate)
        {
            if (Outbox.IsEnded)
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

            Outbox.Acknowledge(queued);
            return null;
        }
    }

    /// <summary>Finds a live request.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The request, or null.</returns>
    public ConversationRequest? Find(string id)
    {
        lock (Outbox.Gate)
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
        lock (Outbox.Gate)
        {
            _live.Remove(request);
            if (Outbox.IsEnded)
            {
                return;
            }

            Outbox.Add(serverEvent);
            connection = Outbox.Connection;
        }

        connection?.FlushPaced();
    }

    /// <summary>Tells the client something about a live request, at once.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="request">The request; nothing is told once it has ended.</param>
    /// <param name="serverEvent">The event.</param>
    public void Tell<T>(ConversationRequest request, in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        ClientConnection? connection;
        lock (Outbox.Gate)
        {
            if (Outbox.IsEnded || !request.IsLive)
            {
                return;
            }

            Outbox.Add(serverEvent);
            connection = Outbox.Connection;
        }

        connection?.FlushPaced();
    }

    /// <summary>Tells the client something; it is sent with the connection's next flush.</summary>
    /// <typeparam name="T">The event's type.</typeparam>
    /// <param name="serverEvent">The event.</param>
    public void Append<T>(in T serverEvent)
        where T : struct, IServerEvent, allows ref struct
    {
        lock (Outbox.Gate)
        {
            if (!Outbox.IsEnded)
            {
                Outbox.Add(serverEvent);
            }
        }
    }

    /// <summary>Goes on over another connection: what the client has not seen is sent again.</summary>
    /// <param name="connection">The new connection.</param>
    /// <param name="lastSeq">The last event that the client has seen.</param>
    /// <param name="replaced">The connection that the session had, if it still had one.</param>
    /// <returns>False when the client cannot be told everything after that event, or the session has ended; nothing has changed then.</returns>
    public bool TryResume(ClientConnection connection, long lastSeq, out ClientConnection? replaced) =>
        Outbox.TryResume(Id, connection, lastSeq, out replaced);

    /// <summary>Counts what its live requests hold in their queues.</summary>
    /// <param name="live">How many are live.</param>
    /// <returns>Places and bytes.</returns>
    public (long Places, long Bytes) CountHeld(out int live)
    {
        lock (Outbox.Gate)
        {
            live = _live.Count;
            return _live.CountHeld();
        }
    }

    /// <summary>Gets the requests that are live now.</summary>
    /// <returns>A copy.</returns>
    public ConversationRequest[] Live()
    {
        lock (Outbox.Gate)
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

    // Looked at and ended in one step: a client that resumes between the two would be left with a dead session.
    private ConversationRequest[]? End(bool keepUnsent, bool anywhere, ClientConnection? connection)
    {
        ConversationRequest[] live;
        lock (Outbox.Gate)
        {
            if (Outbox.IsEnded || (!anywhere && Outbox.Connection != connection))
            {
                return null;
            }

            Outbox.End(keepUnsent);
            live = _live.Clear();
        }

        _ = _closed.CancelAsync();
        return live;
    }
}
