using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Sessions;

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

        lane.Queue.Visit((Moved: _moved, Lane: lane), static (state, request, position) =>
        {
            var reason = state.Lane.ReasonAt(position);
            if (reason != request.LastReason || IsWorthTelling(request.ToldPosition, position))
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
            if (request.Session is { Protocol: WireProtocol.V1, DetachedSince: 0 } session)
            {
                Tell(session, request, new WaitPlace(position, length, lane.Estimate(position, now), request.LastReason));
            }
        }

        _moved.Clear();
    }

    private static bool IsWorthTelling(int told, int position) => Math.Abs(told - position) > told / WorthTelling;

    private static void Tell(Session session, ConversationRequest request, in WaitPlace place)
    {
        if (request.State == RequestState.Queued)
        {
            session.Tell(request, new RequestPosition(request.Id, place));
        }
    }
}
