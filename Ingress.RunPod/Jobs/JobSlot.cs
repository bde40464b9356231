using System.Threading.RateLimiting;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Client;

namespace Ingress.RunPod.Jobs;

/// <summary>Reserved room for one job, with the permit to send it. Counts as an own job until the job is known to have ended.</summary>
/// <remarks>
/// Thread-safe where the port asks for it: <see cref="Release"/> may come at any moment. Room that is released while its job is under way
/// goes on counting; a job that turns out to be at RunPod with nobody to follow it is cancelled.
/// </remarks>
internal sealed class JobSlot : IJobSlot
{
    // The next job leaves when this one was answered: only then is its place at RunPod certain, since two calls on two connections may
    // overtake each other, and did with margins of 5 and of 250 ms on a busy machine. An answer that takes longer than this is waited for
    // no further, lest one call that hangs leave every other worker idle.
    private static readonly TimeSpan SentMargin = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly JobSubmitter _submitter;
    private readonly FollowContext _context;
    private readonly Action<JobSlot> _giveBack;
    private readonly RateLimitLease _permit;
    private Task<SubmitResult>? _answer;
    private JobTicket? _job;
    private bool _isAnswered;
    private bool _isFollowed;
    private bool _isReleased;
    private int _isGivenBack;

    /// <param name="submitter">Sends the job.</param>
    /// <param name="context">What following it needs.</param>
    /// <param name="permit">The permit for the call; the slot owns it.</param>
    /// <param name="freeSince">Since when the room has been known.</param>
    /// <param name="giveBack">Called once, when the room is free again.</param>
    public JobSlot(JobSubmitter submitter, FollowContext context, RateLimitLease permit, long freeSince, Action<JobSlot> giveBack)
    {
        _submitter = submitter;
        _context = context;
        _permit = permit;
        _giveBack = giveBack;
        FreeSince = freeSince;
    }

    /// <inheritdoc/>
    public long FreeSince { get; }

    /// <inheritdoc/>
    public Handover Submit(JobSubmission submission)
    {
        ArgumentNullException.ThrowIfNull(submission);
        lock (_lock)
        {
            if (_answer is not null || _isReleased)
            {
                throw new InvalidOperationException("A slot takes one job.");
            }

            var policy = _submitter.PolicyFor(submission.Policy);
            var content = new RunContent(submission.Input, policy);
            var answer = SubmitAsync(content, policy, submission.TraceParent);
            _answer = answer;
            return new Handover(SentAsync(content.Written, answer), answer);
        }
    }

    /// <inheritdoc/>
    public Task<JobEnd> FollowAsync(IJobObserver observer, CancellationToken abandoned)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_lock)
        {
            if (_job is null || _isFollowed)
            {
                throw new InvalidOperationException("An accepted job is followed once.");
            }

            _isFollowed = true;
        }

        return new JobFollower(_context, _job, observer, GiveBack).RunAsync(abandoned);
    }

    /// <inheritdoc/>
    public void Release()
    {
        lock (_lock)
        {
            if (_isReleased)
            {
                return;
            }

            _isReleased = true;
            if (_isFollowed || (_answer is not null && !_isAnswered))
            {
                return; // the follower or the answer gives the room back
            }
        }

        Settle();
    }

    private async Task<SubmitResult> SubmitAsync(RunContent content, RunPolicy policy, string? traceParent)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the caller holds the lock
        SubmitResult result;
        using (content)
        {
            result = await _submitter.SubmitAsync(content, traceParent);
        }

        _permit.Dispose();
        bool isUnwanted;
        lock (_lock)
        {
            _isAnswered = true;
            _job = result.JobId is { } id ? _submitter.TicketFor(id, policy) : null;
            isUnwanted = _isReleased;
        }

        if (isUnwanted)
        {
            Settle();
        }

        return result;
    }

    private async Task SentAsync(Task written, Task<SubmitResult> answer)
    {
        if (await Task.WhenAny(written, answer) == written)
        {
            await ((Task)answer).WaitAsync(SentMargin, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The slot was released and nobody follows: a job that is at RunPod after all is unwanted there.</summary>
    private void Settle()
    {
        _permit.Dispose();
        if (_job is { } job)
        {
            _ = new JobFollower(_context, job, NoObserver.Instance, GiveBack).RunAsync(new CancellationToken(canceled: true));
        }
        else
        {
            GiveBack();
        }
    }

    private void GiveBack()
    {
        if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
        {
            _giveBack(this);
        }
    }
}
