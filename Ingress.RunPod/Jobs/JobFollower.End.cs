using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Client;
using Ingress.RunPod.Limits;

namespace Ingress.RunPod.Jobs;

/// <content>Failed reads, and the end of the job.</content>
internal sealed partial class JobFollower
{
    // How long the end of a job waits for details that nobody needs for the conversation.
    private static readonly TimeSpan DetailsTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestFinalRetry = TimeSpan.FromSeconds(2);

    /// <summary>Deals with a failed read of the stream.</summary>
    /// <returns>The job's end, or null to read on.</returns>
    private async Task<JobEnd?> RecoverAsync(RunPodReply reply, CancellationToken abandoned)
    {
        _failures++;
        if (reply.Kind is ReplyKind.NoAnswer or ReplyKind.Unreadable || reply.Status >= 500)
        {
            _ledger.Lose(); // what RunPod handed out with it is gone
        }

        LogReadFailed(_context.Logger, _job.Id, _context.Endpoint, reply.Describe());

        // A 404 is final for the job, so it is believed only when both routes say it. And where a stream fails again and again, the job may
        // have ended meanwhile: then its place should be free.
        if (_end is null && (reply.IsNotFound || _failures % 3 == 0) && await CheckAsync(reply.IsNotFound, abandoned) is { } lost)
        {
            return lost;
        }

        // Chunks may be left in the stream of an ended job; but one that is gone or never answers must not keep the result for ever.
        if (_end is not null && (reply.IsNotFound || _failures >= 3))
        {
            return await FinishAsync(abandoned);
        }

        var delay = reply switch
        {
            { IsUnauthorized: true } => Backoff.Delay(_failures, LongestRetry, UnauthorizedRetry),
            { IsNotFound: true } => StreamPlaces.ShortHold, // there is no stream, and /status has just said that there is a job
            _ => Backoff.Delay(_failures, FirstRetry, LongestRetry, reply.RetryAfter),
        };
        var left = _job.Left(_context.Time);
        await PauseAsync(delay < left ? delay : left, abandoned);
        return null;
    }

    /// <summary>Asks beside the failing stream what has become of the job.</summary>
    /// <returns>The end of a job that is not there any more; otherwise null.</returns>
    private async Task<JobEnd?> CheckAsync(bool streamIsGone, CancellationToken abandoned)
    {
        var status = await _context.Client.GetStatusAsync(_job.Id, abandoned);
        if (status.IsNotFound && streamIsGone)
        {
            LogLost(_context.Logger, _job.Id, _context.Endpoint);
            _ledger.Flush();
            return new JobEnd(JobEndState.Lost);
        }

        if (status.Job is { Status: JobStatus.Running } running)
        {
            _progress.Learn(running);
        }
        else if (status.Job is { HasEnded: true } answer)
        {
            _end = answer.Status;
            _failures = 0;
            _ended();
        }

        return null;
    }

    private bool NeedsResult() => _end is JobStatus.Completed && (!_ledger.HasStreamed || _ledger.HasLost);

    // Where everything was streamed and no list of all chunks can be had, what is left to know is how long it took: while reads are scarce,
    // those that carry words come first.
    private bool WantsFinalAnswer() =>
        NeedsResult() || _end is not JobStatus.Completed || _context.Traits.MayAggregate || _context.Client.Limits.ReadsArePlentiful;

    /// <summary>Gets the final word of a job that has ended.</summary>
    private async Task<JobEnd> FinishAsync(CancellationToken abandoned)
    {
        var state = ToEndState(_end.GetValueOrDefault());
        var answer = _look is not null || WantsFinalAnswer() ? await FinalAnswerAsync(NeedsResult(), abandoned) : null;
        if (state is not JobEndState.Completed)
        {
            if (_progress.Attempt == 0 && answer is { } failed && (failed.WorkerId is not null || failed.ExecutionMs is not null))
            {
                _progress.Learn(failed);
            }

            _ledger.Flush();
            return Describe(state, answer, null);
        }

        if (_progress.Attempt == 0)
        {
            _progress.Learn(answer ?? new JobAnswer()); // it ran, faster than it could be seen running
        }

        if (answer is null)
        {
            _ledger.Flush();
            return new JobEnd(state);
        }

        return Describe(state, answer, _ledger.Reconcile(answer.Output));
    }

    private async Task<JobAnswer?> FinalAnswerAsync(bool isNeeded, CancellationToken abandoned)
    {
        var deadline = isNeeded ? _job.Left(_context.Time) : DetailsTimeout;
        var started = _context.Time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var reply = await (_look ?? _context.Client.GetStatusAsync(_job.Id, abandoned));
            _look = null;
            if (reply.Job is { HasEnded: true } answer)
            {
                return answer;
            }

            // A late progress update can make an ended job look as if it ran again; its output is then not the result.
            var delay = Backoff.Delay(attempt, FirstRetry, LongestFinalRetry, reply.RetryAfter);
            if (reply.IsNotFound || _context.Time.GetElapsedTime(started) + delay > deadline)
            {
                LogNoResult(_context.Logger, _job.Id, _context.Endpoint, reply.Describe());
                return null;
            }

            await PauseAsync(delay, abandoned);
        }
    }

    private static JobEnd Describe(JobEndState state, JobAnswer? answer, byte[]? output) => new(state)
    {
        Output = output,
        Error = state is JobEndState.Completed ? null : ErrorText.For(answer?.Error),
        DelayMs = answer?.DelayMs,
        ExecutionMs = answer?.ExecutionMs,
        WorkerId = answer?.WorkerId,
    };

    private static JobEndState ToEndState(JobStatus status) => status switch
    {
        JobStatus.Completed => JobEndState.Completed,
        JobStatus.Failed => JobEndState.Failed,
        JobStatus.TimedOut => JobEndState.TimedOut,
        JobStatus.Cancelled => JobEndState.Cancelled,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "The state is no end."),
    };
}
