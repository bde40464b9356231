using System.Collections.Concurrent;
using System.Net.WebSockets;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Sessions;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Connections;

/// <summary>Serves accepted WebSockets, each from its first to its last byte. Thread-safe.</summary>
public sealed partial class ConnectionHandler
{
    private readonly ConnectionServices _shared;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<ClientConnection, byte> _connections = new();
    private int _reserved;
    private int _expiring;

    internal ConnectionHandler(ConnectionServices shared, ILogger<ConnectionHandler> logger)
    {
        _shared = shared;
        _logger = logger;
    }

    /// <summary>Gets the number of connections open now, those in the middle of their handshake too.</summary>
    public int Active => Volatile.Read(ref _reserved);

    /// <summary>Gets the most connections that may be open.</summary>
    public int Limit => _shared.Options.MaxConnections;

    /// <summary>Gets whether any client's right to be connected runs out some time.</summary>
    internal bool HaveExpiring => Volatile.Read(ref _expiring) > 0;

    /// <summary>Gets the connections now. Safe to enumerate while it changes.</summary>
    internal IEnumerable<ClientConnection> Connections => _connections.Select(static pair => pair.Key);

    /// <summary>Asks for room for one more connection, before its handshake is answered.</summary>
    /// <returns>False when as many are open as may be. After true, <see cref="Release"/> must follow.</returns>
    public bool TryReserve()
    {
        if (Interlocked.Increment(ref _reserved) <= Limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _reserved);
        Refused("connection_limit");
        return false;
    }

    /// <summary>Gives the room of a connection back.</summary>
    public void Release() => Interlocked.Decrement(ref _reserved);

    /// <summary>Counts and logs a connection that was refused before its upgrade.</summary>
    /// <param name="reason">Why, in snake case, from a small set.</param>
    public void Refused(string reason) => _shared.Intake.ConnectionRefused(reason);

    /// <summary>Serves a connection until it has ended. Never throws for what a client or the network does.</summary>
    /// <param name="socket">The accepted socket; the caller disposes it afterwards.</param>
    /// <param name="protocol">What was agreed on in the handshake.</param>
    /// <param name="identity">Who is behind it.</param>
    /// <returns>A task that ends when the socket is done with.</returns>
    public async Task RunAsync(WebSocket socket, WireProtocol protocol, ClientIdentity identity)
    {
        var options = _shared.Options;
        var session = new Session(
            protocol, identity, _shared.Session.ResumeGrace > TimeSpan.Zero, options.MaxOutboundBytes, _shared.Memory, _shared.Time);
        var connection = new ClientConnection(
            socket, session, identity, _shared.Sessions, options, _shared.Memory, _shared.Metrics, _shared.Time);
        session.Outbox.Open(connection);
        _shared.Sessions.Add(session);
        _connections.TryAdd(connection, 0);
        Interlocked.Add(ref _expiring, identity.ExpiresAt is null ? 0 : 1);
        _shared.Metrics.ConnectionOpened();
        var cause = SessionEnd.InternalError;
        try
        {
            if (protocol == WireProtocol.V1)
            {
                session.Append(SessionGreeting.For(session, _shared, resumeFailed: false));
            }

            cause = await new ReceiveLoop(socket, connection, new MessageHandler(connection, _shared), options.MaxMessageBytes).RunAsync();
        }
        catch (Exception e)
        {
            LogFault(session.Id, e);
            connection.Close(WebSocketCloseStatus.InternalServerError, "internal error", SessionEnd.InternalError);
        }
        finally
        {
            await EndAsync(socket, connection, cause);
            connection.Session.Outbox.DropUnsent();
            _connections.TryRemove(connection, out _);
            Interlocked.Add(ref _expiring, identity.ExpiresAt is null ? 0 : -1);
            _shared.Metrics.ConnectionClosed();
        }
    }

    private async Task EndAsync(WebSocket socket, ClientConnection connection, SessionEnd cause)
    {
        var session = connection.Session;
        if (cause == SessionEnd.TakenOver)
        {
            // The session lives on elsewhere; only this connection ends.
        }
        else if (cause != SessionEnd.Broken || !_shared.Sessions.TryDetach(session, connection))
        {
            _shared.Sessions.EndOn(connection, session, cause);
        }

        if (cause == SessionEnd.ClientClosed)
        {
            connection.Close(ReplyTo(socket.CloseStatus), null, cause);
        }

        if (connection.Closing is not null && socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await connection.WaitForOutputClosedAsync();
        }
        else if (socket.State is not (WebSocketState.Closed or WebSocketState.CloseSent))
        {
            // Where many leave at once, what they had comes first: their places and their GPUs. To take a socket down costs as much again.
            await default(NextTurn);
            connection.Abort();
        }
    }

    // RFC 6455, 5.5.1: the answer usually repeats the code; an absent one must not be put on the wire.
    private static WebSocketCloseStatus ReplyTo(WebSocketCloseStatus? status) =>
        status is { } code && code != WebSocketCloseStatus.Empty ? code : WebSocketCloseStatus.NormalClosure;

    [LoggerMessage(1, LogLevel.Error, "Serving the connection of session {SessionId} failed.", EventName = "ConnectionFault")]
    private partial void LogFault(Guid sessionId, Exception exception);
}
