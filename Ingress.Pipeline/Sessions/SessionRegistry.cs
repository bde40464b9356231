using System.Collections.Concurrent;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Queueing;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Sessions;

/// <summary>
/// All sessions that have not ended, by id. Each carries the cancellation of its connection; ending one costs in proportion to its own
/// requests. Thread-safe.
/// </summary>
/// <param name="ending">Ends the requests of a session.</param>
/// <param name="logger">Where ends are noted, at debug level: clients come and go.</param>
internal sealed partial class SessionRegistry(RequestEnding ending, ILogger<SessionRegistry> logger)
{
    private readonly ConcurrentDictionary<Guid, Session> _sessions = new();

    // Beside the others, so that looking for the few that wait does not mean looking at ten thousand that do not.
    private readonly ConcurrentDictionary<Session, byte> _waiting = new();

    /// <summary>Gets the sessions now, those without a connection too. Safe to enumerate while it changes.</summary>
    public IEnumerable<Session> All => _sessions.Select(static pair => pair.Value);

    /// <summary>Notes that a session's connection broke; it waits for another one if it can be resumed.</summary>
    /// <param name="session">The session.</param>
    /// <param name="connection">The connection that broke.</param>
    /// <returns>False when it does not wait: it has ended, has another connection or cannot be resumed.</returns>
    public bool TryDetach(Session session, ClientConnection connection)
    {
        if (!session.Outbox.TryDetach(connection))
        {
            return false;
        }

        _waiting.TryAdd(session, 0);
        return true;
    }

    /// <summary>Collects the sessions that wait for a connection.</summary>
    /// <param name="waiting">Gets them added.</param>
    public void CollectWaiting(List<Session> waiting)
    {
        foreach (var (session, _) in _waiting)
        {
            // Taken out before it is looked at again, and put back if need be: one that breaks anew between the two must not be forgotten.
            if (!IsWaiting(session) && _waiting.TryRemove(session, out _) && IsWaiting(session))
            {
                _waiting.TryAdd(session, 0);
            }

            if (IsWaiting(session))
            {
                waiting.Add(session);
            }
        }
    }

    /// <summary>Adds a session.</summary>
    /// <param name="session">A new session.</param>
    public void Add(Session session) => _sessions.TryAdd(session.Id, session);

    /// <summary>Finds a session.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The session, or null.</returns>
    public Session? Find(Guid id) => _sessions.GetValueOrDefault(id);

    /// <summary>Finds a session that a client wants to take over.</summary>
    /// <param name="id">The id as the client sent it.</param>
    /// <param name="token">The token as the client sent it.</param>
    /// <returns>The session; null when there is none or the token is wrong, which look the same to the client.</returns>
    public Session? FindForResume(string? id, string? token) =>
        Guid.TryParseExact(id, "D", out var key) && _sessions.TryGetValue(key, out var session) && session.ResumeToken.Matches(token)
            ? session
            : null;

    /// <summary>Ends a session and everything it had.</summary>
    /// <param name="session">The session; nothing happens when it has ended already.</param>
    /// <param name="cause">Why.</param>
    /// <param name="keepUnsent">Whether what it was told before is still to be sent.</param>
    public void End(Session session, SessionEnd cause, bool keepUnsent = false) => Drop(session, session.End(keepUnsent), cause);

    /// <summary>Ends a session and everything it had, unless it has gone over to another connection, or found one.</summary>
    /// <param name="connection">The connection that it must still be on; null for none.</param>
    /// <param name="session">The session.</param>
    /// <param name="cause">Why.</param>
    /// <param name="keepUnsent">Whether what it was told before is still to be sent.</param>
    public void EndOn(ClientConnection? connection, Session session, SessionEnd cause, bool keepUnsent = false) =>
        Drop(session, session.EndOn(connection, keepUnsent), cause);

    private bool IsWaiting(Session session) => session.Outbox.DetachedSince != 0 && _sessions.ContainsKey(session.Id);

    private void Drop(Session session, ConversationRequest[]? live, SessionEnd cause)
    {
        if (live is null)
        {
            return;
        }

        _sessions.TryRemove(KeyValuePair.Create(session.Id, session));
        foreach (var request in live)
        {
            ending.Drop(request);
        }

        LogEnded(session.Id, cause, live.Length);
    }

    [LoggerMessage(1, LogLevel.Debug, "Session {SessionId} ended: {Cause}; {Pending} pending requests were dropped.", EventName = "SessionEnded")]
    private partial void LogEnded(Guid sessionId, SessionEnd cause, int pending);
}
