using System.Diagnostics;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Telemetry;

/// <summary>The spans of a request: <c>ingress receive</c> for its message, below it <c>ingress process</c> from arrival to end.</summary>
internal static class RequestTracing
{
    /// <summary>Starts the span of a message's arrival, or makes up the context that it would have.</summary>
    /// <param name="traceParent">The client's <c>traceparent</c>; ignored when malformed.</param>
    /// <param name="isTold">Whether the client is told the trace, which must be known then.</param>
    /// <param name="activity">The span; null when nobody listens.</param>
    /// <returns>
    /// The context of the request: the client's trace where it sent one, else a new one. Without a listener what nobody has asked for yet
    /// is left open, to be made up by <see cref="TraceParent"/>.
    /// </returns>
    public static ActivityContext Receive(string? traceParent, bool isTold, out Activity? activity)
    {
        ActivityContext parent = default;
        if (traceParent is not null)
        {
            _ = ActivityContext.TryParse(traceParent, null, isRemote: true, out parent);
        }

        activity = null;
        if (IngressTelemetry.Source.HasListeners())
        {
            // The upgrade request's span, were it current, would become the parent of every request of the connection.
            Activity.Current = null;
            activity = IngressTelemetry.Source.StartActivity("ingress receive", ActivityKind.Server, parent);
        }

        if (activity is not null)
        {
            return activity.Context;
        }

        var traceId = parent.TraceId == default && isTold ? ActivityTraceId.CreateRandom() : parent.TraceId;
        return new ActivityContext(traceId, default, parent.TraceFlags);
    }

    /// <summary>Writes the <c>traceparent</c> of a request for a call that no span stands for.</summary>
    /// <param name="trace">The request's context.</param>
    /// <returns>The header's value.</returns>
    public static string TraceParent(in ActivityContext trace)
    {
        var traceId = trace.TraceId == default ? ActivityTraceId.CreateRandom() : trace.TraceId;
        var spanId = trace.SpanId == default ? ActivitySpanId.CreateRandom() : trace.SpanId;
        return $"00-{traceId.ToHexString()}-{spanId.ToHexString()}-{(int)trace.TraceFlags:x2}";
    }

    /// <summary>Starts the span of a request that the backend has room for; it begins with the request's arrival.</summary>
    /// <param name="request">The request.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The span, current from here on; null when nobody listens.</returns>
    public static Activity? StartProcess(ConversationRequest request, TimeProvider time)
    {
        if (!IngressTelemetry.Source.HasListeners())
        {
            return null;
        }

        Activity.Current = null;
        var arrived = time.GetUtcNow() - time.GetElapsedTime(request.ReceivedAt);
        var activity = IngressTelemetry.Source.StartActivity(
            "ingress process", ActivityKind.Consumer, request.Trace, startTime: arrived);
        activity?.SetTag("ingress.request.id", request.Id);
        activity?.SetTag("ingress.session.id", request.Session.Id.ToString());
        activity?.SetTag("runpod.endpoint", request.Lane.Name);
        return activity;
    }

    /// <summary>Notes how long a request waited, as a span of its own, below the current one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="time">The clock.</param>
    public static void Waited(ConversationRequest request, TimeProvider time)
    {
        var arrived = time.GetUtcNow() - time.GetElapsedTime(request.ReceivedAt);
        using var wait = IngressTelemetry.Source.StartActivity(
            "ingress wait", ActivityKind.Internal, Activity.Current?.Context ?? request.Trace, startTime: arrived);
        wait?.SetTag("ingress.wait.reason", Protocol.WaitReasonNames.Of(request.LastReason));
    }

    /// <summary>Notes that the backend did not take a request, which waits again: what is still to come gets a span of its own.</summary>
    /// <param name="attempt">The span so far.</param>
    public static void Returned(Activity? attempt)
    {
        if (attempt is not null)
        {
            attempt.DisplayName = "ingress attempt";
            attempt.Dispose();
        }
    }

    /// <summary>Notes the moment of a request's first output.</summary>
    /// <param name="request">The request.</param>
    public static void FirstOutput(ConversationRequest request) => request.Process?.AddEvent(new ActivityEvent("ingress.first_output"));

    /// <summary>Gives the span in which a request ends, current from here on; for one that ended while it waited its whole life is told now.</summary>
    /// <param name="request">The request.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isOurs">Whether the caller has to end it; otherwise whoever follows the request's job does.</param>
    /// <returns>The span; null when nobody listens.</returns>
    public static Activity? EnterEnd(ConversationRequest request, TimeProvider time, out bool isOurs)
    {
        isOurs = false;
        if (request.Process is { } process)
        {
            Activity.Current = process;
            return process;
        }

        if (StartProcess(request, time) is not { } told)
        {
            return null;
        }

        isOurs = true;
        Waited(request, time);
        return told;
    }
}
