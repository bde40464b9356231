using System.Net.WebSockets;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// All that happens because time passes, in one place with one timer instead of one for each request: waits and graces that run out,
/// sockets that are stuck, places that are told, logs that were held back. Forwarding never waits for it.
/// </summary>
internal sealed class Housekeeping(
    LaneCatalog lanes,
    SessionRegistry sessions,
    ConnectionHandler connections,
    RequestEnding ending,
    PositionUpkeep positions,
    LeakAudit audit,
    Overload overload,
    RefusalLog refusals,
    IOptions<ConnectionOptions> connectionOptions,
    IOptions<SessionOptions> sessionOptions,
    TimeProvider time)
{
    /// <summary>How long before its right runs out a client is warned.</summary>
    public static readonly TimeSpan ExpiryWarning = TimeSpan.FromSeconds(30);

    /// <summary>How exact waits are that run out.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(0.1);

    /// <summary>How exact graces are, and what runs out sooner than it takes to be noticed. Each look wakes a thread, which costs 0.1 ms.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(0.25);

    /// <summary>With more connections than that each step of a round is made short, so that it holds up nobody for long.</summary>
    private const int Crowd = 1_000;

    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPositionPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestAuditPause = TimeSpan.FromMinutes(1);

    /// <summary>Looking at ten thousand idle sessions costs, and old events are not urgent.</summary>
    private static readonly TimeSpan SessionInterval = TimeSpan.FromSeconds(5);

    /// <summary>Nor is a leak, which lasts: nobody reads the figures more often.</summary>
    private static readonly TimeSpan AuditInterval = TimeSpan.FromSeconds(15);

    private const double PositionShare = 0.01;

    /// <summary>A look at some ten thousand requests takes milliseconds, in which a single core answers nobody.</summary>
    private const double AuditShare = 0.0001;

    private readonly List<ConversationRequest> _due = [];
    private readonly List<Session> _waiting = [];
    private readonly Lock _gate = new();
    private readonly ConnectionRounds _rounds = new(connections, connectionOptions.Value, time);

    // What cuts off and ends is never put off; what tells and checks may be, where ten thousands wait.
    private readonly Pace _gracePace = PaceOf(LongestPause, time);
    private readonly Pace _trimPace = PaceOf(SessionInterval, time);
    private readonly Pace _upkeepPace = PaceOf(UpkeepInterval, time);
    private readonly Pace _positionPace = new(UpkeepInterval, LongestPositionPause, PositionShare, time);
    private readonly Pace _auditPace = new(AuditInterval, LongestAuditPause, AuditShare, time);

    /// <summary>Does what is due. Called a few times a second; a call that comes while another is at it waits.</summary>
    /// <returns>The time after which it wants to be called again.</returns>
    public TimeSpan Sweep()
    {
        lock (_gate)
        {
            var nextDeadline = ExpireRequests(time.GetTimestamp());
            _rounds.Step();
            _gracePace.Run(EndGraces);
            _trimPace.Run(TrimReplays);
            _upkeepPace.Run(Upkeep);
            _positionPace.Run(TellPlaces);
            _auditPace.Run(audit.Update);
            return PauseUntil(nextDeadline);
        }
    }

    private TimeSpan PauseUntil(long deadline)
    {
        var pause = connections.Active > Crowd ? ShortestPause : LongestPause;
        var now = time.GetTimestamp();
        var untilDeadline = deadline <= now ? TimeSpan.Zero : time.GetElapsedTime(now, deadline);
        pause = TimeSpan.FromTicks(Math.Min(Math.Min(pause.Ticks, (_rounds.Round / 2).Ticks), untilDeadline.Ticks));
        return pause < ShortestPause ? ShortestPause : pause;
    }

    // Returns the earliest moment at which one more can be due.
    private long ExpireRequests(long now)
    {
        var next = long.MaxValue;
        foreach (var lane in lanes.All)
        {
            lane.CatchUpLog();

            // Also where nothing waits: it takes out what ended on its way into the queue, which nobody else may do for a long time.
            next = Math.Min(next, lane.Queue.CollectDue(now, _due));
            foreach (var request in _due)
            {
                ending.Expire(request);
            }

            _due.Clear();
        }

        return next;
    }

    private static Pace PaceOf(TimeSpan interval, TimeProvider time) => new(interval, interval, 1, time);

    private void EndGraces()
    {
        var now = time.GetTimestamp();
        var grace = sessionOptions.Value.ResumeGrace;
        sessions.CollectWaiting(_waiting);
        foreach (var session in _waiting)
        {
            if (time.GetElapsedTime(session.Outbox.DetachedSince, now) >= grace || session.Outbox.IsOverflowing)
            {
                // Too much to send again ends it early: paying for output that can never be delivered helps nobody.
                sessions.EndOn(null, session, SessionEnd.Broken);
            }
        }

        _waiting.RemoveAll(session => sessions.Find(session.Id) is null);
        overload.EndWaiting(_waiting);
        _waiting.Clear();
        overload.RelieveMemory();
    }

    private void TellPlaces()
    {
        foreach (var lane in lanes.All)
        {
            positions.Update(lane);
        }
    }

    private void Upkeep()
    {
        if (audit.Leaked != 0)
        {
            // If it was a look between two steps of many requests, let nobody see it for longer than it must be.
            audit.Update();
        }

        CheckRights();
        refusals.CatchUp();
    }

    // A connection that still counts as alive has answered a ping sent after such an event, so the client has it: the ping and the end
    // of its time may each come one look late.
    private void TrimReplays()
    {
        var options = connectionOptions.Value;
        if (options.KeepAliveInterval == TimeSpan.Zero)
        {
            return;
        }

        var certain = options.KeepAliveInterval + options.KeepAliveTimeout + (2 * _rounds.Round);
        var before = time.GetTimestamp() - (long)(certain.TotalSeconds * time.TimestampFrequency);
        foreach (var session in sessions.All)
        {
            session.Outbox.TrimOlderThan(before);
        }
    }

    private void CheckRights()
    {
        if (!connections.HaveExpiring)
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var connection in connections.Connections)
        {
            if (connection.Identity.ExpiresAt is not { } expiresAt || connection.Closing is not null)
            {
                continue;
            }

            if (expiresAt <= now)
            {
                connection.Session.Append(new SessionClosing("unauthorized", null));
                connection.Close((WebSocketCloseStatus)3000, "the token has expired", SessionEnd.Unauthorized);
                sessions.EndOn(connection, connection.Session, SessionEnd.Unauthorized, keepUnsent: true);
            }
            else if (expiresAt - now <= ExpiryWarning && !connection.ExpiryWarned)
            {
                connection.ExpiryWarned = true;
                connection.Session.Append(new SessionClosing("token_expiring", (long)(expiresAt - now).TotalMilliseconds));
                connection.Flush();
            }
        }
    }
}
