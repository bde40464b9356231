using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Ends what there is too much of over all clients, and chooses whom it hits: those that take the most. Called by the housekeeping only.
/// </summary>
/// <param name="memory">What is held for clients.</param>
/// <param name="sessions">The sessions.</param>
/// <param name="connections">The connections.</param>
/// <param name="metrics">Counts whom it hit.</param>
/// <param name="refusals">Logs whom it hit, not too often.</param>
internal sealed class Overload(
    ClientMemory memory, SessionRegistry sessions, ConnectionHandler connections, IngressMetrics metrics, RefusalLog refusals)
{
    /// <summary>
    /// Ends sessions without a connection beyond so many as there may be connections: whoever breaks connections again and again must not
    /// pile up what they leave. Who has the most of them loses its oldest one first.
    /// </summary>
    /// <param name="waiting">All sessions without a connection; reordered.</param>
    public void EndWaiting(List<Session> waiting)
    {
        var excess = waiting.Count - connections.Limit;
        if (excess <= 0)
        {
            return;
        }

        foreach (var session in ByShare(waiting).Take(excess))
        {
            sessions.EndOn(null, session, SessionEnd.Broken);
            Count("grace_limit");
        }
    }

    /// <summary>
    /// Where too much memory is held for clients: drops what is kept to be sent again beyond a fair share, then all that is kept for those for
    /// whom the most is held, and then cuts those off, until it fits.
    /// </summary>
    public void RelieveMemory()
    {
        if (!memory.IsExceeded)
        {
            return;
        }

        foreach (var session in sessions.All)
        {
            session.Outbox.RelieveMemory();
        }

        // What is closing gives its memory back within seconds: nobody else is to pay for it meanwhile.
        var open = connections.Connections.ToLookup(static connection => connection.Closing is null);
        var excess = memory.Held - memory.Limit - open[false].Sum(static connection => connection.HeldBytes);
        foreach (var connection in LargestOf(open[true]))
        {
            if (excess <= 0)
            {
                return;
            }

            // Others may add as fast as this frees, and whoever reads is not to be cut off for what can be given up.
            excess -= connection.Session.Outbox.DropKept();
        }

        foreach (var connection in LargestOf(open[true]))
        {
            if (excess <= 0)
            {
                return;
            }

            excess -= connection.HeldBytes;
            connection.CutSlowConsumer();
            Count("memory_limit");
        }
    }

    private static IOrderedEnumerable<ClientConnection> LargestOf(IEnumerable<ClientConnection> connections) =>
        connections.OrderByDescending(static connection => connection.HeldBytes);

    // The nth youngest of its principal comes before the (n-1)th youngest of any other; among equals the oldest is first.
    private static IEnumerable<Session> ByShare(List<Session> waiting)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        waiting.Sort(static (a, b) => b.Outbox.DetachedSince.CompareTo(a.Outbox.DetachedSince));
        return waiting
            .Select(session => (Session: session, Rank: seen[session.Identity.Principal] = seen.GetValueOrDefault(session.Identity.Principal) + 1))
            .OrderByDescending(static each => each.Rank).ThenBy(static each => each.Session.Outbox.DetachedSince)
            .Select(static each => each.Session);
    }

    private void Count(string reason)
    {
        metrics.Refused(reason);
        refusals.Refused(reason);
    }
}
