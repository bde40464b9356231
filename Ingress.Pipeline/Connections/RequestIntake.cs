using System.Diagnostics;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Connections;

/// <summary>Takes requests in: each is acknowledged and queued, or refused with a reason, at once. Thread-safe.</summary>
/// <param name="lanes">The endpoints.</param>
/// <param name="principals">The limit per principal.</param>
/// <param name="drain">Whether the service is stopping.</param>
/// <param name="metrics">Counts what is taken and refused.</param>
/// <param name="journal">Tells what is taken.</param>
/// <param name="refusals">Logs refusals, not too often.</param>
/// <param name="queueOptions">The bounds.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestIntake(
    LaneCatalog lanes,
    PrincipalUsage principals,
    DrainState drain,
    IngressMetrics metrics,
    RequestJournal journal,
    RefusalLog refusals,
    IOptions<QueueOptions> queueOptions,
    TimeProvider time)
{
    private readonly QueueOptions _options = queueOptions.Value;

    /// <summary>Takes a request in.</summary>
    /// <param name="session">Whose it is.</param>
    /// <param name="message">The request.</param>
    /// <param name="utf8">The whole message, of which the input is a part; valid only during the call.</param>
    public void Take(Session session, in ClientMessage message, ReadOnlySpan<byte> utf8)
    {
        if (drain.IsDraining)
        {
            Reject(session, message.Id, new RequestError(ErrorCode.Draining, "The service is stopping; connect again.", true), RetryAfter.Draining());
            return;
        }

        if (lanes.Find(message.Endpoint) is not { } lane)
        {
            Reject(session, message.Id, new RequestError(ErrorCode.UnknownEndpoint, "No endpoint of that name is configured here."));
            return;
        }

        if (!principals.TryTake(session.Identity.Principal))
        {
            RejectPending(session, message.Id, lane, "Your key or address has as many requests pending as it may have; wait for one to end.");
            return;
        }

        if (!TryQueue(session, message, lane, utf8[message.Input]))
        {
            principals.Return(session.Identity.Principal);
        }
    }

    /// <summary>Refuses a request.</summary>
    /// <param name="session">Whose it is.</param>
    /// <param name="id">Its id, where one could be read.</param>
    /// <param name="error">Why.</param>
    /// <param name="retryAfterMs">When to try again.</param>
    public void Reject(Session session, string? id, in RequestError error, long? retryAfterMs = null)
    {
        metrics.Rejected(error.Code);
        refusals.Refused(error.Code);
        session.Append(new RequestRejected(id, error, retryAfterMs));
    }

    /// <summary>Refuses a message that is no request.</summary>
    /// <param name="session">Whose it is.</param>
    /// <param name="id">The id in it, where one could be read.</param>
    /// <param name="error">Why.</param>
    public void Refuse(Session session, string? id, in RequestError error)
    {
        metrics.Refused(error.Code);
        refusals.Refused(error.Code);
        session.Append(new MessageRefused(id, error));
    }

    /// <summary>Counts and logs a connection that was refused before its upgrade.</summary>
    /// <param name="reason">Why, in snake case, from a small set.</param>
    public void ConnectionRefused(string reason)
    {
        metrics.Refused(reason);
        refusals.Refused(reason);
    }

    private bool TryQueue(Session session, in ClientMessage message, EndpointLane lane, ReadOnlySpan<byte> input)
    {
        if (!lane.TryAdmit(input.Length, out var position))
        {
            var full = new RequestError(ErrorCode.QueueFull, "The queue is full; try again later.", true);
            Reject(session, message.Id, full, RetryAfter.QueueFull(lane, time.GetTimestamp()));
            return false;
        }

        var isV1 = session.Protocol == WireProtocol.V1;
        var trace = RequestTracing.Receive(message.TraceParent, isTold: isV1, out var activity);
        using (activity)
        {
            var request = Create(session, message, lane, input, trace);
            var queued = isV1 ? Describe(request, lane, position) : default;
            request.LastReason = isV1 ? queued.Place.Reason : lane.ReasonAt(position);
            if (session.TryAdd(request, _options.MaxPendingPerConnection, queued) is { } refusal)
            {
                lane.Queue.GiveBack(input.Length);
                request.DropInput();
                RejectNotAdded(session, request.KnownId, lane, refusal);
                return false;
            }

            metrics.Queued();
            journal.Queued(request);
            lane.Enqueue(request);
            return true;
        }
    }

    // Only where it is told: the plain protocol's clients never hear of places.
    private static RequestQueued Describe(ConversationRequest request, EndpointLane lane, int position)
    {
        var estimate = lane.Estimate(position, request.ReceivedAt);
        request.EstimatedWaitMs = estimate.LikelyMs;
        request.ToldPosition = position;
        var place = new WaitPlace(position, lane.Queue.Length, estimate, lane.ReasonAt(position));
        return new RequestQueued(request.Id, place, request.Trace.TraceId.ToHexString());
    }

    private ConversationRequest Create(
        Session session, in ClientMessage message, EndpointLane lane, ReadOnlySpan<byte> input, in ActivityContext trace)
    {
        var now = time.GetTimestamp();
        var wait = message.MaxWaitMs is { } ms && ms < _options.MaxWait.TotalMilliseconds ? TimeSpan.FromMilliseconds(ms) : _options.MaxWait;

        // The plain protocol's clients hear of the id only once the backend has the request.
        var id = message.Id ?? (session.Protocol == WireProtocol.V1 ? RequestId.Make(time) : null);
        return new ConversationRequest(id, session, lane, input, now)
        {
            Deadline = now + (long)(wait.TotalSeconds * time.TimestampFrequency),
            Policy = message.Policy,
            Trace = trace,
        };
    }

    private void RejectNotAdded(Session session, string? id, EndpointLane lane, string refusal)
    {
        switch (refusal)
        {
            case ErrorCode.DuplicateId:
                Reject(session, id, new RequestError(refusal, "A live request of this session has this id; choose another one."));
                break;
            case ErrorCode.ConnectionQueueFull:
                RejectPending(session, id, lane, $"This connection has {_options.MaxPendingPerConnection} requests pending; wait for one to end.");
                break;
            default:
                // The session ended while the request was read; there is nobody to tell.
                metrics.Rejected(refusal);
                break;
        }
    }

    private void RejectPending(Session session, string? id, EndpointLane lane, string message) => Reject(
        session, id, new RequestError(ErrorCode.ConnectionQueueFull, message, true), RetryAfter.QueueFull(lane, time.GetTimestamp()));
}
