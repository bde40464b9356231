using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Client;
using Ingress.RunPod.Limits;

namespace Ingress.RunPod.Jobs;

/// <summary>
/// Follows one job to its end: the only reader of its stream. Reads are repeated freely, for as long as the job can live; once a final
/// state was seen, no later answer changes it.
/// </summary>
internal sealed partial class JobFollower
{
    private const int MaxRestarts = 5;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UnauthorizedRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    private readonly FollowContext _context;
    private readonly JobTicket _job;
    private readonly Action _ended;
    private readonly IJobObserver _observer;
    private readonly ChunkLedger _ledger;
    private readonly JobProgress _progress;
    private readonly StreamPacer _pacer = new();
    private Task<RunPodReply>? _look; // a /status call beside the stream
    private long _lookedAt;
    private JobStatus? _end;
    private int _failures;

    /// <param name="context">What the endpoint's followers share.</param>
    /// <param name="job">The job.</param>
    /// <param name="observer">Receives what happens.</param>
    /// <param name="ended">
    /// Called as soon as the job is known to be over, which is before its result is there: its room is free. May be called again.
    /// </param>
    public JobFollower(FollowContext context, JobTicket job, IJobObserver observer, Action ended)
    {
        _context = context;
        _job = job;
        _ended = ended;
        _observer = observer;
        _ledger = new ChunkLedger(observer, context.Traits);
        _progress = new JobProgress(observer, _ledger, context.Time);
    }

    /// <summary>Follows the job.</summary>
    /// <param name="abandoned">Nobody wants the job any more.</param>
    /// <returns>How it ended.</returns>
    public async Task<JobEnd> RunAsync(CancellationToken abandoned)
    {
        try
        {
            return await FollowAsync(abandoned);
        }
        catch (OperationCanceledException) when (abandoned.IsCancellationRequested)
        {
            // It may have ended just before: then there is nothing to cancel, and nobody to tell the rest to.
            return _end is { } end ? new JobEnd(ToEndState(end)) : await AbandonAsync();
        }
        finally
        {
            _ended();
        }
    }

    private async Task<JobEnd> FollowAsync(CancellationToken abandoned)
    {
        var place = _context.Client.Limits.Places.Join();
        try
        {
            while (_job.Left(_context.Time) > TimeSpan.Zero)
            {
                abandoned.ThrowIfCancellationRequested();
                var (reply, hold, took) = await ReadAsync(place, abandoned);
                if (reply.Job is { } answer)
                {
                    if (await TakeAsync(answer, hold, took, abandoned))
                    {
                        return await FinishAsync(abandoned);
                    }

                    if (WhatIsOverdue(answer) is { } overdue && await WithdrawAsync(overdue) is { } withdrawn)
                    {
                        return withdrawn;
                    }
                }
                else if (await RecoverAsync(reply, abandoned) is { } over)
                {
                    return over;
                }

                if (_progress.Attempt > MaxRestarts + 1)
                {
                    return await StopRestartingAsync();
                }
            }

            LogLost(_context.Logger, _job.Id, _context.Endpoint);
            _ledger.Flush();
            return new JobEnd(JobEndState.Lost);
        }
        finally
        {
            _context.Client.Limits.Places.Leave(place);
        }
    }

    private async Task<(RunPodReply Reply, TimeSpan Hold, TimeSpan Took)> ReadAsync(LinkedListNode<long> place, CancellationToken abandoned)
    {
        using var read = await _context.Client.Limits.Places.EnterAsync(place, abandoned);
        var started = _context.Time.GetTimestamp();

        // Once the job is over RunPod has nothing to wait for.
        var hold = _end is null ? read.Hold : StreamPlaces.ShortHold;
        var reading = _context.Client.ReadStreamAsync(_job.Id, hold, abandoned);
        while (_end is null && _look is { } look && !reading.IsCompleted)
        {
            await Task.WhenAny(reading, look);
            await TakeLookAsync();
        }

        return (await reading, hold, _context.Time.GetElapsedTime(started));
    }

    /// <summary>Takes a reply of the stream.</summary>
    /// <returns>Whether the job is over and its stream is drained.</returns>
    private async ValueTask<bool> TakeAsync(JobAnswer answer, TimeSpan hold, TimeSpan took, CancellationToken abandoned)
    {
        _failures = 0;
        await TakeLookAsync();
        if (answer.Status is JobStatus.Queued && _end is null)
        {
            _progress.Queued();
        }

        if (answer.Chunks.Count > 0)
        {
            _progress.Running();
            _ledger.Take(answer.Chunks);
            _pacer.Reset();
        }

        if (answer.HasEnded && _end is null)
        {
            _end = answer.Status;
            _ended();
            _look = WantsFinalAnswer() ? _context.Client.GetStatusAsync(_job.Id, abandoned) : null; // while the stream is drained
        }

        if (_end is not null)
        {
            return answer.Chunks.Count == 0;
        }

        if (answer.Chunks.Count == 0)
        {
            Look(answer.Status, abandoned);
            await PauseAsync(_pacer.AfterEmpty(took, hold), abandoned);
        }

        return false;
    }

    /// <summary>Asks who runs the job, where that is not known yet or may have changed, and reads can be spared for it.</summary>
    private void Look(JobStatus status, CancellationToken abandoned)
    {
        var isDue = !_progress.IsRunning || _context.Time.GetElapsedTime(_lookedAt) > LookInterval;
        if (status is not JobStatus.Running || _look is not null || !isDue)
        {
            return;
        }

        _lookedAt = _context.Time.GetTimestamp();

        if (_context.Client.Limits.ReadsArePlentiful)
        {
            _look = _context.Client.GetStatusAsync(_job.Id, abandoned);
        }
        else
        {
            _progress.Running();
        }
    }

    private async ValueTask TakeLookAsync()
    {
        if (_end is not null || _look is not { IsCompleted: true } look)
        {
            return;
        }

        _look = null;
        var reply = await look;
        if (reply.Job is { Status: JobStatus.Running } answer)
        {
            _progress.Learn(answer);
        }
        else if (reply.Job is null)
        {
            _progress.Running(); // it was asked because the stream had said so
        }
    }

    private async ValueTask PauseAsync(TimeSpan pause, CancellationToken abandoned)
    {
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, _context.Time, abandoned);
        }
    }

    private async Task<JobEnd> AbandonAsync()
    {
        var since = _observer.LeftAt is > 0 and var leftAt ? leftAt : _context.Time.GetTimestamp();
        var wasRunning = _progress.IsRunning;
        var end = await _context.Cancels.CancelAsync(_job, wasRunning);
        _context.Metrics.Cancelled(_context.Endpoint, _context.Time.GetElapsedTime(since), wasRunning, isConfirmed: end is not null);
        return end is null
            ? new JobEnd(JobEndState.Lost)
            : Describe(ToEndState(end.Status), end, _ledger.HasStreamed ? null : end.Output?.ToArray());
    }

    /// <summary>Tells what RunPod should long have done with the job.</summary>
    /// <returns>What it has not done; null while it may still do so.</returns>
    private string? WhatIsOverdue(JobAnswer answer)
    {
        if (_end is not null)
        {
            return null;
        }

        if (answer.Status is JobStatus.Queued && _progress.Attempt == 0 && _context.Time.GetElapsedTime(_job.SubmittedAt) > _context.StartTimeout)
        {
            return $"not started the job within {_context.StartTimeout.TotalSeconds:0} s";
        }

        // A worker whose result was refused, say, leaves its job running for ever.
        return answer.Status is JobStatus.Running && _progress.IsRunning && _job.HasRunTooLong(_progress.StartedAt, _context.Time)
            ? $"not ended the job at its execution timeout of {_job.ExecutionTimeout.TotalSeconds:0} s"
            : null;
    }

    /// <summary>
    /// Takes a job back that RunPod does not start or end: its client has waited long enough, and the next one in line may fare no worse.
    /// </summary>
    /// <param name="overdue">What RunPod has not done.</param>
    /// <returns>Its end, or null where it had one of its own just before: then its stream is read on.</returns>
    private async Task<JobEnd?> WithdrawAsync(string overdue)
    {
        LogOverdue(_context.Logger, _job.Id, _context.Endpoint, overdue);
        var end = await AbandonAsync();
        return end.State is JobEndState.Cancelled or JobEndState.Lost
            ? new JobEnd(JobEndState.TimedOut) { Error = $"RunPod has {overdue}." }
            : null;
    }

    /// <summary>
    /// Ends a job that RunPod starts over and over: each of its attempts costs a worker's time, and none will be the last.
    /// </summary>
    private async Task<JobEnd> StopRestartingAsync()
    {
        LogRestarted(_context.Logger, _job.Id, _context.Endpoint, _progress.Attempt - 1);
        await AbandonAsync();
        return new JobEnd(JobEndState.Failed) { Error = $"RunPod has restarted the job {_progress.Attempt - 1} times." };
    }
}
