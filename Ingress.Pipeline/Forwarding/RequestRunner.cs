using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Forwarding;

/// <summary>Follows requests from their hand-over to their end. Thread-safe.</summary>
/// <param name="ending">Ends them.</param>
/// <param name="metrics">The instruments.</param>
/// <param name="journal">Tells what is handed over.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where faults are noted.</param>
internal sealed partial class RequestRunner(
    RequestEnding ending, IngressMetrics metrics, RequestJournal journal, TimeProvider time, ILogger<RequestRunner> logger)
{
    private int _running;

    /// <summary>Gets the number of requests between hand-over and the end of their job; each holds a slot.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Follows a request. Never faults.</summary>
    /// <param name="request">The request, being dispatched.</param>
    /// <param name="slot">The slot; released here.</param>
    /// <param name="answer">The backend's answer to the hand-over.</param>
    /// <param name="sentAt">The timestamp at which it was handed over.</param>
    /// <returns>A task that ends with the job.</returns>
    public async Task RunAsync(ConversationRequest request, IJobSlot slot, Task<SubmitResult> answer, long sentAt)
    {
        // Its own: a request that comes back can be handed over anew, with another span, before this call has ended.
        var process = request.Process;
        Interlocked.Increment(ref _running);
        try
        {
            var following = FollowAsync(request, slot, answer, sentAt);

            // From the hand-over on, since a call that hangs must not keep the client waiting either.
            using (request.Abandoned.UnsafeRegister(
                static state => ((CancelNotice)state!).Start(), new CancelNotice(request, ending, following, time)))
            {
                await following;
            }
        }
        catch (Exception e)
        {
            LogFault(request.Id, e);
            ending.Fail(request, new RequestError(ErrorCode.JobFailed, "The service met an unexpected error.", true));
        }
        finally
        {
            slot.Release();
            process?.Dispose();
            Interlocked.Decrement(ref _running);
        }
    }

    private async Task FollowAsync(ConversationRequest request, IJobSlot slot, Task<SubmitResult> answer, long sentAt)
    {
        var result = await answer;
        switch (result.Outcome)
        {
            case SubmitOutcome.Accepted:
                Accepted(request, slot, result.JobId!, sentAt);
                await FollowJobAsync(request, slot);
                break;
            case SubmitOutcome.NotTaken:
                // Its slot is given back after it, so that whoever finds room finds it too and nobody overtakes it.
                Return(request);
                break;
            case SubmitOutcome.Rejected:
                ending.Fail(request, new RequestError(ErrorCode.PayloadRejected, result.Message ?? "RunPod refuses this request."));
                break;
            default:
                ending.Fail(
                    request,
                    new RequestError(
                        ErrorCode.DispatchUnknown,
                        result.Message ?? "RunPod may or may not have taken the request; it is not sent again, lest it run twice."));
                break;
        }
    }

    private void Accepted(ConversationRequest request, IJobSlot slot, string jobId, long sentAt)
    {
        var now = time.GetTimestamp();
        request.JobId = jobId;
        request.DispatchedAt = now;
        var waited = time.GetElapsedTime(request.ReceivedAt, now);
        journal.Dispatched(request, jobId, waited);
        var idle = time.GetElapsedTime(Math.Max(request.ReceivedAt, slot.FreeSince), sentAt);
        metrics.Dispatched(waited, idle < TimeSpan.Zero ? TimeSpan.Zero : idle, request.Lane.Name);
        request.Lane.Estimator.Departed(now, request.ReceivedAt);
        if (request.EstimatedWaitMs is { } estimated)
        {
            metrics.EstimateTurnedOut(waited - TimeSpan.FromMilliseconds(estimated), request.Lane.Name);
        }

        if (request.TryBeginRun())
        {
            request.Session.Tell(request, new RequestDispatched(request.Id, jobId, (long)waited.TotalMilliseconds));
        }

        request.Lane.Release(request);
        request.DropInput();
    }

    private async Task FollowJobAsync(ConversationRequest request, IJobSlot slot)
    {
        var end = await slot.FollowAsync(new JobEvents(request, metrics, time), request.Abandoned);
        if (end.WorkerId is not null)
        {
            request.Process?.SetTag("runpod.worker.id", end.WorkerId); // a short job is seen only when it is over
        }

        metrics.JobEnded(time.GetElapsedTime(request.DispatchedAt), request.Lane.Name);
        Finish(request, end);
    }

    private void Finish(ConversationRequest request, JobEnd end)
    {
        if (request.CancelReason != CancelReason.None)
        {
            // Whatever won the race at the backend: the client has said that it does not want it.
            ending.Cancel(request, request.CancelReason == CancelReason.SessionGone ? CancelReason.Client : request.CancelReason);
            return;
        }

        switch (end.State)
        {
            case JobEndState.Completed:
                ending.Complete(request, end);
                break;
            case JobEndState.Cancelled:
                ending.Cancel(request, CancelReason.Backend);
                break;
            default:
                ending.Fail(request, ErrorOf(end));
                break;
        }
    }

    private static RequestError ErrorOf(JobEnd end) => end.State switch
    {
        JobEndState.TimedOut => new RequestError(ErrorCode.JobTimedOut, end.Error ?? "The job ran longer than it may.", true),
        JobEndState.Lost => new RequestError(ErrorCode.JobLost, end.Error ?? "RunPod no longer knows the job.", true),
        _ => new RequestError(ErrorCode.JobFailed, end.Error ?? "The job failed without saying why."),
    };

    private void Return(ConversationRequest request)
    {
        if (request.CancelReason != CancelReason.None)
        {
            ending.Cancel(request, request.CancelReason == CancelReason.SessionGone ? CancelReason.Client : request.CancelReason);
        }
        else if (request.TryReturnToQueue())
        {
            RequestTracing.Returned(request.Process);
            request.Process = null;
            request.Lane.Queue.PutBack(request);
            if (request.CancelReason != CancelReason.None)
            {
                ending.Withdraw(request, request.CancelReason);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "Following request {RequestId} met an unexpected error.", EventName = "RunnerFault")]
    private partial void LogFault(string requestId, Exception exception);
}
