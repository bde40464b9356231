using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
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
        var head = lane.ReasonAt(1);
        lane.Queue.Visit((Moved: _moved, Head: head), static (state, request, position) =>
        {
            var reason = position > 1 ? WaitReason.BehindOthers : state.Head;
            if (request.Session.Protocol == WireProtocol.Plain)
            {
                request.LastReason = reason;
            }
            else if (request.Session.DetachedSince != 0)
            {
                // A client that is away hears of it when it is back.
            }
            else if (reason != request.LastReason || IsWorthTelling(request.ToldPosition, position))
            {
                request.LastReason = reason;
                state.Moved.Add((request, position));
            }

            return true;
        });
        var now = time.GetTimestamp();
        var length = lane.Queue.Length;
        foreach (var (request, position) in _moved)
        {
            request.ToldPosition = position;
            Tell(request, new WaitPlace(position, length, lane.Estimate(position, now), request.LastReason));
        }

        _moved.Clear();
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
