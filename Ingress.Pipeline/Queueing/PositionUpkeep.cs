using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol.Events;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// Tells waiting clients when their place or the reason changes. Near the head every step is told; farther back only a step of a
/// fiftieth of the way, since ten thousand clients need not hear of each departure.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PositionUpkeep(TimeProvider time)
{
    /// <summary>The share of the way to go that is worth telling.</summary>
    private const int WorthTelling = 50;

    private readonly List<(ConversationRequest Request, int Position)> _moved = [];
    private WaitReason _head;
    private int _listeners;

    /// <summary>Looks at one queue once. Not to be called more often than once a second; not thread-safe.</summary>
    /// <param name="lane">The endpoint.</param>
    public void Update(EndpointLane lane)
    {
        if (lane.Queue.Length == 0)
        {
            return;
        }

        _moved.Clear();

        // Asked for here, since the backend takes a lock of its own.
        _head = lane.ReasonAt(1);
        _listeners = lane.Queue.Listeners;
        lane.Queue.Visit(this, static (upkeep, request, position) => upkeep.LookAt(request, position));
        var now = time.GetTimestamp();
        var length = lane.Queue.Length;
        foreach (var (request, position) in _moved)
        {
            request.ToldPosition = position;
            Tell(request, new WaitPlace(position, length, lane.Estimate(position, now), request.LastReason));
        }

        _moved.Clear();
    }

    // Goes on as long as somebody who wants to hear of it can be behind.
    private bool LookAt(ConversationRequest request, int position)
    {
        var reason = position > 1 ? WaitReason.BehindOthers : _head;
        if (!request.IsListener)
        {
            request.LastReason = reason;
            return _listeners > 0;
        }

        // A client that is away hears of it when it is back.
        if (request.Session.Outbox.DetachedSince == 0 && (reason != request.LastReason || IsWorthTelling(request.ToldPosition, position)))
        {
            request.LastReason = reason;
            _moved.Add((request, position));
        }

        return --_listeners > 0;
    }

    private static bool IsWorthTelling(int told, int position) => Math.Abs(told - position) > told / WorthTelling;

    private static void Tell(ConversationRequest request, in WaitPlace place)
    {
        if (request.State == RequestState.Queued)
        {
            request.Session.Tell(request, new RequestPosition(request.Id, place));
        }
    }
}
