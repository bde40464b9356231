using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Client;

namespace Ingress.RunPod.Jobs;

/// <summary>Tells the observer when a worker takes the job up, and when another one does after it was lost. Not thread-safe.</summary>
/// <remarks>
/// A <c>/stream</c> reply says only that the job runs. Who runs it is in <c>/status</c>, and so are most restarts: both are told as soon as
/// they are known, but no chunk waits for them.
/// </remarks>
internal sealed class JobProgress(IJobObserver observer, ChunkLedger ledger, TimeProvider time)
{
    private string? _workerId;
    private int _attempt;
    private bool _isBackInQueue;

    /// <summary>Gets whether a worker is at the job, as far as is known.</summary>
    public bool IsRunning => _attempt > 0 && !_isBackInQueue;

    /// <summary>Gets how often RunPod is known to have started the job.</summary>
    public int Attempt => _attempt;

    /// <summary>Gets the timestamp at which the last start became known.</summary>
    public long StartedAt { get; private set; }

    /// <summary>A reply says that the job waits.</summary>
    public void Queued() => _isBackInQueue = _attempt > 0;

    /// <summary>The job runs, and nothing more is known or can be waited for.</summary>
    public void Running()
    {
        if (!IsRunning)
        {
            Start(_attempt + 1, null, null);
        }
    }

    /// <summary>Takes what <c>/status</c> says of a job that runs or has run.</summary>
    public void Learn(JobAnswer answer)
    {
        var isOther = _workerId is not null && answer.WorkerId is not null && _workerId != answer.WorkerId;
        if (!IsRunning || isOther || answer.Retries + 1 > _attempt)
        {
            Start(Math.Max(_attempt + 1, answer.Retries + 1), answer.WorkerId, answer.DelayMs);
        }

        _workerId = answer.WorkerId ?? _workerId;
    }

    private void Start(int attempt, string? workerId, long? delayMs)
    {
        if (_attempt > 0)
        {
            ledger.Restart();
        }

        _attempt = attempt;
        StartedAt = time.GetTimestamp();
        _isBackInQueue = false;
        _workerId = workerId;
        observer.OnStarted(new JobStart(workerId, delayMs, attempt));
    }
}
