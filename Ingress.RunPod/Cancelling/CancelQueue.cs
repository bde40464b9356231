using System.Diagnostics;
using System.Threading.RateLimiting;
using Ingress.RunPod.Capacity;
using Ingress.RunPod.Client;
using Ingress.RunPod.Jobs;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Cancelling;

/// <summary>
/// Cancels one endpoint's jobs: running ones before queued ones, no faster than RunPod allows, each again until RunPod has confirmed
/// its end or its time to live has run out. Thread-safe.
/// </summary>
internal sealed partial class CancelQueue(RunPodClient client, TimeProvider time, string endpoint, ILogger<CancelQueue> logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    // Longer than the longest pause between two permits, so that only a RunPod that answers nothing any more ends the wait.
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly PriorityQueue<CancelTicket, (bool IsQueued, long Number)> _waiting = new();
    private readonly Pulse _changed = new();
    private long _lastNumber;
    private int _open;
    private bool _isStopped;

    /// <summary>Gets how many jobs are to be cancelled and not confirmed yet.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Asks for a job to be cancelled.</summary>
    /// <param name="job">The job.</param>
    /// <param name="isRunning">Whether a worker is at it.</param>
    /// <returns>See <see cref="CancelTicket.Done"/>.</returns>
    public Task<JobAnswer?> CancelAsync(JobTicket job, bool isRunning)
    {
        var ticket = new CancelTicket(job, isRunning);
        Interlocked.Increment(ref _open);
        Add(ticket);
        return ticket.Done;
    }

    /// <summary>Works until it is stopped. What is left then, or comes later, is left to the jobs' time to live.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var changed = _changed.Next;
            if (IsEmpty())
            {
                await changed.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            // The permit first and the choice second: a running job that comes while we wait for the permit still goes first.
            var permit = await AcquireAsync(stopping);
            if (permit is not null && TryTake(out var ticket))
            {
                _ = CancelOnceAsync(ticket, permit, stopping);
            }
            else
            {
                permit?.Dispose();
            }
        }

        GiveUpWaiting();
    }

    /// <summary>
    /// Waits until every cancel is confirmed, or nothing is confirmed any more for a while; what is left then dies by its time to live.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var (open, since) = (Open, time.GetTimestamp());
        while (Open > 0 && !cancellationToken.IsCancellationRequested)
        {
            var changed = _changed.Next;
            if (Open != open)
            {
                (open, since) = (Open, time.GetTimestamp());
            }

            var patience = Stalled - time.GetElapsedTime(since);
            if (patience <= TimeSpan.Zero)
            {
                break;
            }

            await changed.WaitAsync(patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (Open is > 0 and var left)
        {
            LogLeft(logger, endpoint, left);
        }
    }

    private bool IsEmpty()
    {
        lock (_lock)
        {
            return _waiting.Count == 0;
        }
    }

    private bool TryTake(out CancelTicket ticket)
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out ticket!, out _);
        }
    }

    private void Add(CancelTicket ticket)
    {
        bool isLate;
        lock (_lock)
        {
            isLate = _isStopped;
            if (!isLate)
            {
                _waiting.Enqueue(ticket, (!ticket.IsRunning, ++_lastNumber));
            }
        }

        if (isLate)
        {
            Confirm(ticket, null);
        }
        else
        {
            _changed.Change();
        }
    }

    private void GiveUpWaiting()
    {
        lock (_lock)
        {
            _isStopped = true;
        }

        while (TryTake(out var ticket))
        {
            Confirm(ticket, null); // whoever waits for it would wait for ever
        }
    }

    private async ValueTask<RateLimitLease?> AcquireAsync(CancellationToken stopping)
    {
        try
        {
            var lease = await client.Limits.Cancel.AcquireAsync(1, stopping);
            if (lease.IsAcquired)
            {
                return lease;
            }

            lease.Dispose();
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }

        return null;
    }

    private async Task CancelOnceAsync(CancelTicket ticket, RateLimitLease permit, CancellationToken stopping)
    {
        Activity.Current = ticket.Span;
        RunPodReply reply;
        try
        {
            using (permit)
            {
                reply = await client.CancelAsync(ticket.Job.Id, stopping);
            }

            if (await JudgeAsync(reply, ticket, stopping) is { } end)
            {
                Confirm(ticket, end);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            Confirm(ticket, null); // stopped: the rest is the time to live's
            return;
        }

        await RetryAsync(ticket, reply, stopping);
    }

    /// <summary>Gives the job's end if it has one, or null where it has to be cancelled again.</summary>
    private async Task<JobAnswer?> JudgeAsync(RunPodReply reply, CancelTicket ticket, CancellationToken stopping)
    {
        switch (reply)
        {
            case { Kind: ReplyKind.Answered, Job: { Status: JobStatus.Cancelled or JobStatus.Unknown } }:
            case { IsNotFound: true }:
                return new JobAnswer { Status = JobStatus.Cancelled };
            case { Kind: ReplyKind.Answered or ReplyKind.Unreadable }:
            case { Status: >= 400 and < 500, IsThrottled: false, IsUnauthorized: false }:
                // It may have ended before the cancel came; only its status tells.
                var status = await client.GetStatusAsync(ticket.Job.Id, stopping);
                return status.IsNotFound ? new JobAnswer { Status = JobStatus.Cancelled }
                    : status.Job is { HasEnded: true } end ? end : null;
            default:
                return null;
        }
    }

    private async Task RetryAsync(CancelTicket ticket, RunPodReply reply, CancellationToken stopping)
    {
        ticket.Failures++;
        LogRetried(logger, ticket.Job.Id, endpoint, reply.Describe());
        var delay = Backoff.Delay(ticket.Failures, FirstRetry, LongestRetry, reply.RetryAfter);
        if (ticket.Job.Left(time) <= delay)
        {
            Confirm(ticket, null);
            return;
        }

        await Task.Delay(delay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (stopping.IsCancellationRequested)
        {
            Confirm(ticket, null);
            return;
        }

        Add(ticket);
    }

    private void Confirm(CancelTicket ticket, JobAnswer? end)
    {
        if (end is null)
        {
            LogGivenUp(logger, ticket.Job.Id, endpoint);
        }

        Interlocked.Decrement(ref _open);
        ticket.Complete(end);
        _changed.Change();
    }
}
