using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// The one way in which acknowledged requests end: the place is given back, the payload let go, the client told and the end counted,
/// each once. Thread-safe.
/// </summary>
/// <param name="metrics">Counts the ends.</param>
/// <param name="journal">Tells them.</param>
/// <param name="principals">Gets the place of each principal back.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestEnding(IngressMetrics metrics, RequestJournal journal, PrincipalUsage principals, TimeProvider time)
{
    /// <summary>The job ran to its end.</summary>
    /// <param name="request">The request.</param>
    /// <param name="end">How the job ended.</param>
    public void Complete(ConversationRequest request, JobEnd end)
    {
        if (!request.TryEnd(out _))
        {
            return;
        }

        var times = new RequestTimes(
            Milliseconds(request.ReceivedAt, request.DispatchedAt),
            end.DelayMs,
            request.FirstOutputAt == 0 ? null : Milliseconds(request.ReceivedAt, request.FirstOutputAt),
            end.ExecutionMs,
            Milliseconds(request.ReceivedAt, time.GetTimestamp()));
        Finish(request, RequestOutcome.Completed, new RequestCompleted(request.Id, end.Output, times));
    }

    /// <summary>The request failed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="error">Why.</param>
    public void Fail(ConversationRequest request, in RequestError error)
    {
        if (request.TryEnd(out _))
        {
            Finish(request, RequestOutcome.Failed, new RequestFailed(request.Id, error), errorType: error.Code);
        }
    }

    /// <summary>The request's job will not go on.</summary>
    /// <param name="request">The request.</param>
    /// <param name="reason">Why.</param>
    public void Cancel(ConversationRequest request, CancelReason reason)
    {
        if (request.TryEnd(out _))
        {
            FinishCancelled(request, reason);
        }
    }

    /// <summary>A request has waited too long; nothing happens to one that waits no more.</summary>
    /// <param name="request">The request.</param>
    public void Expire(ConversationRequest request)
    {
        if (request.TryEndQueued())
        {
            FinishCancelled(request, CancelReason.Expired, WhyItWaited(request.Lane));
        }
    }

    /// <summary>Gives a request up: one that waits ends here; one that the backend may have is cancelled there first.</summary>
    /// <param name="request">The request.</param>
    /// <param name="reason">Why.</param>
    public void Withdraw(ConversationRequest request, CancelReason reason)
    {
        if (request.TryEndQueued())
        {
            FinishCancelled(request, reason);
            return;
        }

        request.Abandon(reason, time.GetTimestamp());

        // It may have come back from a failed hand-over between the two.
        if (request.TryEndQueued())
        {
            FinishCancelled(request, reason);
        }
    }

    /// <summary>Ends a request whose session is gone; there is nobody to tell.</summary>
    /// <param name="request">The request.</param>
    public void Drop(ConversationRequest request)
    {
        if (!request.TryEnd(out var previous))
        {
            return;
        }

        request.Abandon(CancelReason.SessionGone, time.GetTimestamp());
        LetGo(request);
        var outcome = previous == RequestState.Queued ? RequestOutcome.Skipped : RequestOutcome.Cancelled;
        metrics.Ended(outcome);
        journal.Ended(request, outcome, cancelReason: "connection_closed");
    }

    private static string WireName(CancelReason reason) => reason switch
    {
        CancelReason.Client => "client",
        CancelReason.Expired => "expired",
        CancelReason.Shutdown => "shutdown",
        CancelReason.Backend => "backend",
        CancelReason.Operator => "operator",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };

    // A client cannot see /status; what it is told decides whether it tries again, waits or calls somebody.
    private static RequestError WhyItWaited(EndpointLane lane) => lane.Backend.Snapshot.State switch
    {
        BackendState.Unauthorized or BackendState.NotFound => new RequestError(
            ErrorCode.BackendUnauthorized, "The service has no access to its GPUs; its operator must mend that."),
        BackendState.Unavailable => new RequestError(ErrorCode.BackendUnavailable, "The GPUs cannot be reached; try again later.", true),
        _ => new RequestError(ErrorCode.Expired, "No GPU became free within the longest wait; try again later.", true),
    };

    private void FinishCancelled(ConversationRequest request, CancelReason reason, RequestError? error = null) => Finish(
        request,
        reason == CancelReason.Expired ? RequestOutcome.Expired : RequestOutcome.Cancelled,
        new RequestCancelled(request.Id, WireName(reason), error),
        cancelReason: WireName(reason));

    private void Finish<T>(
        ConversationRequest request, RequestOutcome outcome, in T serverEvent, string? errorType = null, string? cancelReason = null)
        where T : struct, IServerEvent
    {
        LetGo(request);
        metrics.Ended(outcome);
        journal.Ended(request, outcome, errorType, cancelReason);
        request.Session.Complete(request, serverEvent);
    }

    private void LetGo(ConversationRequest request)
    {
        request.Lane.Release(request);
        principals.Return(request.Session.Identity.Principal);
        request.DropInput();
    }

    private long Milliseconds(long from, long to) => (long)time.GetElapsedTime(from, to).TotalMilliseconds;
}
