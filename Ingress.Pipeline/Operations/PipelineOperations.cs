using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Pipeline.Operations;

/// <summary>What operators may see and do. Thread-safe.</summary>
public sealed class PipelineOperations
{
    private readonly LaneCatalog _lanes;
    private readonly SessionRegistry _sessions;
    private readonly ConnectionHandler _connections;
    private readonly RequestEnding _ending;
    private readonly IngressMetrics _metrics;
    private readonly LeakAudit _audit;
    private readonly DrainState _drain;
    private readonly TimeProvider _time;

    internal PipelineOperations(
        LaneCatalog lanes,
        SessionRegistry sessions,
        ConnectionHandler connections,
        RequestEnding ending,
        IngressMetrics metrics,
        LeakAudit audit,
        DrainState drain,
        TimeProvider time)
    {
        _lanes = lanes;
        _sessions = sessions;
        _connections = connections;
        _ending = ending;
        _metrics = metrics;
        _audit = audit;
        _drain = drain;
        _time = time;
    }

    /// <summary>Looks at the pipeline.</summary>
    /// <returns>A snapshot; its parts are read one after another.</returns>
    public PipelineStatus Status() => new(
        [.. _lanes.All.Select(Describe)], _connections.Active, _connections.Limit, _metrics.Totals, _audit.Leaked, _drain.IsDraining);

    /// <summary>Looks into the queues: what runs, then what waits, in order.</summary>
    /// <param name="limit">The most requests to return.</param>
    /// <returns>The requests; at most <paramref name="limit"/>.</returns>
    public IReadOnlyList<QueuedRequest> Requests(int limit)
    {
        var found = new List<QueuedRequest>();
        foreach (var request in _sessions.All.SelectMany(static session => session.Live()))
        {
            if (request.State is RequestState.Dispatching or RequestState.Running && found.Count < limit)
            {
                found.Add(Describe(request, null));
            }
        }

        foreach (var lane in _lanes.All)
        {
            // Described afterwards: the backend is asked for that, and it takes a lock of its own.
            var waiting = new List<(ConversationRequest Request, int Position)>();
            lane.Queue.Visit((Waiting: waiting, Most: limit - found.Count), static (state, request, position) =>
            {
                if (state.Waiting.Count >= state.Most)
                {
                    return false;
                }

                state.Waiting.Add((request, position));
                return true;
            });
            found.AddRange(waiting.Select(each => Describe(each.Request, each.Position)));
        }

        return found;
    }

    /// <summary>Withdraws a request.</summary>
    /// <param name="sessionId">Its session.</param>
    /// <param name="id">Its id.</param>
    /// <returns>False when there is no such live request.</returns>
    public bool Cancel(Guid sessionId, string id)
    {
        if (_sessions.Find(sessionId)?.Find(id) is not { } request)
        {
            return false;
        }

        _ending.Withdraw(request, CancelReason.Operator);
        return true;
    }

    /// <summary>Stops or goes on with forwarding. What runs goes on either way.</summary>
    /// <param name="endpoint">The endpoint; null for all.</param>
    /// <param name="paused">Whether to stop.</param>
    /// <returns>False when there is no such endpoint.</returns>
    public bool SetPaused(string? endpoint, bool paused)
    {
        var chosen = endpoint is null ? _lanes.All : _lanes.Find(endpoint) is { } lane ? [lane] : [];
        foreach (var each in chosen)
        {
            if (paused)
            {
                each.Pause.Pause();
            }
            else
            {
                each.Pause.Resume();
            }
        }

        return chosen.Count > 0;
    }

    private LaneStatus Describe(EndpointLane lane) => new(
        lane.Name,
        lane.Queue.Length,
        lane.Queue.Bytes,
        lane.Queue.Capacity,
        lane.Queue.OldestSince is { } since ? _time.GetElapsedTime(since) : null,
        lane.Pause.IsPaused,
        lane.Backend.Snapshot);

    private QueuedRequest Describe(ConversationRequest request, int? position) => new(
        request.Session.Id,
        request.Id,
        request.Session.Identity.Principal,
        request.Lane.Name,
        request.State switch
        {
            RequestState.Queued => "queued",
            RequestState.Dispatching => "dispatching",
            RequestState.Running => "running",
            _ => "ended",
        },
        position,
        request.Bytes,
        _time.GetElapsedTime(request.ReceivedAt),
        position is { } place ? WaitReasonNames.Of(request.Lane.ReasonAt(place)) : null,
        request.JobId);
}
