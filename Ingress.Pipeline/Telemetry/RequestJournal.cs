using System.Diagnostics;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Telemetry;

/// <summary>
/// Tells each request's life to its trace and, at debug level, to the log, so that the lines stand beside the trace. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Where the lines go.</param>
internal sealed partial class RequestJournal(TimeProvider time, ILogger<RequestJournal> logger)
{
    /// <summary>A request was acknowledged; its arrival's span is current.</summary>
    /// <param name="request">The request.</param>
    public void Queued(ConversationRequest request)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            LogQueued(request.Id, request.Session.Id, request.Lane.Name, request.ToldPosition, WaitReasonNames.Of(request.LastReason));
        }
    }

    /// <summary>The backend has taken a request; its span is current.</summary>
    /// <param name="request">The request.</param>
    /// <param name="jobId">The backend's id of its job.</param>
    /// <param name="waited">How long it waited.</param>
    public void Dispatched(ConversationRequest request, string jobId, TimeSpan waited)
    {
        request.Process?.SetTag("runpod.job.id", jobId);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            LogDispatched(request.Id, request.Session.Id, request.Lane.Name, jobId, (long)waited.TotalMilliseconds);
        }
    }

    /// <summary>A request has ended.</summary>
    /// <param name="request">The request.</param>
    /// <param name="outcome">How.</param>
    /// <param name="errorType">What went wrong, from a closed set; null where nothing did.</param>
    /// <param name="cancelReason">Why it was cancelled, from a closed set; null where it was not.</param>
    public void Ended(ConversationRequest request, RequestOutcome outcome, string? errorType = null, string? cancelReason = null)
    {
        var isLogged = logger.IsEnabled(LogLevel.Debug);
        if (!isLogged && !IngressTelemetry.Source.HasListeners())
        {
            return;
        }

        var before = Activity.Current;
        var span = RequestTracing.EnterEnd(request, time, out var isOurs);
        span?.SetTag("ingress.outcome", IngressMetrics.NameOf(outcome));
        span?.SetTag("ingress.cancel.reason", cancelReason);
        if (errorType is not null)
        {
            // Without the error's text, which may quote what the client sent.
            span?.SetTag("error.type", errorType).SetStatus(ActivityStatusCode.Error);
        }

        if (isLogged)
        {
            LogEnded(
                request.Id, request.Session.Id, request.Lane.Name, IngressMetrics.NameOf(outcome), errorType ?? cancelReason ?? "none",
                (long)time.GetElapsedTime(request.ReceivedAt).TotalMilliseconds);
        }

        if (isOurs)
        {
            span?.Dispose();
        }

        Activity.Current = before;
    }

    [LoggerMessage(
        1,
        LogLevel.Debug,
        "Request {RequestId} of session {SessionId} was queued for endpoint {Endpoint} at place {Position}: {WaitReason}.",
        EventName = "RequestQueued")]
    private partial void LogQueued(string requestId, Guid sessionId, string endpoint, int position, string waitReason);

    [LoggerMessage(
        2,
        LogLevel.Debug,
        "Request {RequestId} of session {SessionId} was taken by endpoint {Endpoint} as job {JobId} after {WaitedMs} ms.",
        EventName = "RequestDispatched")]
    private partial void LogDispatched(string requestId, Guid sessionId, string endpoint, string jobId, long waitedMs);

    [LoggerMessage(
        3,
        LogLevel.Debug,
        "Request {RequestId} of session {SessionId} at endpoint {Endpoint} ended as {Outcome} (reason: {Reason}) after {TotalMs} ms.",
        EventName = "RequestEnded")]
    private partial void LogEnded(string requestId, Guid sessionId, string endpoint, string outcome, string reason, long totalMs);
}
