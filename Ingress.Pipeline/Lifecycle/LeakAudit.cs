using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Recomputes what is held (places, bytes, slots, principals' shares) from those who own it and compares with the counters. Anything left
/// over is held by nobody: a leak.
/// </summary>
/// <param name="sessions">The owners of requests.</param>
/// <param name="lanes">The holders of places.</param>
/// <param name="runner">The owner of slots.</param>
/// <param name="principals">The shares of principals.</param>
internal sealed class LeakAudit(SessionRegistry sessions, LaneCatalog lanes, RequestRunner runner, PrincipalUsage principals)
{
    private long _last;

    /// <summary>Gets what was leaked at the last two looks: the smaller of both, since one look can fall between two steps of a request.</summary>
    public long Leaked { get; private set; }

    /// <summary>Looks once more.</summary>
    public void Update()
    {
        var found = Count();
        Leaked = Math.Min(_last, found);
        _last = found;
    }

    /// <summary>Counts what is held by nobody, or owned and not held.</summary>
    /// <returns>0 when all is well and nothing moves; while requests move it may be off for a moment.</returns>
    public long Count()
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
