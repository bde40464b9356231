using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Pipeline.Forwarding;

/// <summary>Tells the client what happens to its job.</summary>
/// <param name="request">The request.</param>
/// <param name="metrics">The instruments.</param>
/// <param name="time">The clock.</param>
internal sealed class JobEvents(ConversationRequest request, IngressMetrics metrics, TimeProvider time) : IJobObserver
{
    /// <inheritdoc/>
    public long LeftAt => request.AbandonedAt;

    /// <inheritdoc/>
    public void OnStarted(JobStart start)
    {
        request.Process?.SetTag("runpod.worker.id", start.WorkerId);
        if (IsWanted)
        {
            request.Session.Tell(request, new RequestStarted(request.Id, start.WorkerId, start.DelayMs, start.Attempt));
        }
    }

    /// <inheritdoc/>
    public void OnOutput(ReadOnlySpan<byte> output)
    {
        if (!IsWanted)
        {
            return;
        }

        if (request.FirstOutputAt == 0)
        {
            request.FirstOutputAt = time.GetTimestamp();
            RequestTracing.FirstOutput(request);
            metrics.FirstOutput(time.GetElapsedTime(request.ReceivedAt, request.FirstOutputAt), request.Lane.Name);
        }

        request.Session.Tell(request, new RequestOutput(request.Id, request.Chunks++, output));
    }

    private bool IsWanted => request.CancelReason == CancelReason.None && request.State == RequestState.Running;
}
