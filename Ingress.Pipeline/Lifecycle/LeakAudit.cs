using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Recomputes what is held (places, bytes, slots, principals' shares, clients' memory) from those who own it and compares with the counters. Anything left
/// over is held by nobody: a leak.
/// </summary>
/// <param name="sessions">The owners of requests, and of messages to clients.</param>
/// <param name="connections">The owners of what is being sent and received.</param>
/// <param name="memory">The memory held for clients.</param>
/// <param name="lanes">The holders of places.</param>
/// <param name="runner">The owner of slots.</param>
/// <param name="principals">The shares of principals.</param>
internal sealed class LeakAudit(
    SessionRegistry sessions, ConnectionHandler connections, ClientMemory memory, LaneCatalog lanes, RequestRunner runner, PrincipalUsage principals)
{
    private long _last;
    private long _lastBuffered;

    /// <summary>Gets what was leaked at the last two looks: the smaller of both, since one look can fall between two steps of a request.</summary>
    public long Leaked { get; private set; }

    /// <summary>Looks once more.</summary>
    public void Update()
    {
        var found = CountRequests();
        var buffered = CountBuffered();

        // Bytes on their way to thousands of clients never stand still: what is leaked shows as the same difference twice.
        Leaked = Math.Min(_last, found) + (buffered == _lastBuffered ? Math.Abs(buffered) : 0);
        _last = found;
        _lastBuffered = buffered;
    }

    /// <summary>Counts what is held by nobody, or owned and not held.</summary>
    /// <returns>0 when all is well and nothing moves; while requests move it may be off for a moment.</returns>
    public long Count() => CountRequests() + Math.Abs(CountBuffered());

    private long CountBuffered()
    {
        var owned = sessions.All.Sum(static session => session.Outbox.HeldBytes);
        foreach (var connection in connections.Connections)
        {
            // An ended session belongs to its connection alone until that has sent the last of it.
            owned += connection.Session.Closed.IsCancellationRequested ? connection.HeldBytes : connection.OwnBytes;
        }

        return memory.Held - owned;
    }

    private long CountRequests()
    {
        long places = 0, bytes = 0, live = 0;
        foreach (var session in sessions.All)
        {
            var (heldHere, bytesHere) = session.CountHeld(out var liveHere);
            live += liveHere;
            places += heldHere;
            bytes += bytesHere;
        }

        long heldPlaces = 0, heldBytes = 0, slots = 0;
        foreach (var lane in lanes.All)
        {
            heldPlaces += lane.Queue.Length;
            heldBytes += lane.Queue.Bytes;
            slots += lane.Backend.Snapshot.OwnJobs;
        }

        var shares = principals.Limit is not null && live == 0 ? principals.Count : 0;
        return Math.Abs(heldPlaces - places) + Math.Abs(heldBytes - bytes) + Math.Max(0, slots - runner.Running) + shares;
    }
}
