namespace Ingress.RunPod.Simulation;

/// <content>The worker protocol: what attached workers call.</content>
internal sealed partial class SimulatedEndpoint
{
    public async ValueTask<IReadOnlyList<SimulatedJob>> TakeAsync(string workerId, int size, CancellationToken cancellationToken)
    {
        JobTake take;
        using (_clock.Enter())
        {
            take = _attached.OpenTake(workerId, size);
        }

        var abandoned = true;
        try
        {
            var jobs = await take.Task.WaitAsync(cancellationToken);
            abandoned = false;
            return jobs;
        }
        finally
        {
            using var turn = _clock.Enter();
            _attached.CloseTake(take, abandoned);
        }
    }

    /// <summary>Takes back jobs whose hand-over never reached the worker.</summary>
    public void PutBack(string workerId, IReadOnlyList<SimulatedJob> jobs)
    {
        using var turn = _clock.Enter();
        _attached.PutBack(_attached.Touch(workerId), jobs);
    }

    public async ValueTask<string[]> StopsAsync(string workerId, CancellationToken cancellationToken)
    {
        AttachedWorker worker;
        Task poll;
        using (_clock.Enter())
        {
            worker = _attached.OpenStopPoll(workerId);
            poll = worker.StopPoll!.Task; // just opened, under the same lock
        }

        await poll.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var turn = _clock.Enter();
        return _attached.CloseStopPoll(worker, cancellationToken.IsCancellationRequested);
    }

    public void Ping(string workerId)
    {
        using var turn = _clock.Enter();
        _attached.Touch(workerId);
    }

    public void AddChunk(string workerId, string jobId, byte[] raw)
    {
        using var turn = _clock.Enter();
        if (JobOf(workerId, jobId) is { } job)
        {
            job.AddYield(raw);
        }
    }

    /// <summary>
    /// A worker's last word on a job, or a progress update. What concerns a job that is not its any more is dropped without a word.
    /// </summary>
    public void Report(string workerId, string jobId, WorkerReport report)
    {
        using var turn = _clock.Enter();
        if (JobOf(workerId, jobId) is { } job)
        {
            if (report.IsProgress)
            {
                job.Output = report.Output;
            }
            else if (report.Error is { } error)
            {
                _book.Fail(job, error, report.Output);
            }
            else
            {
                _book.Complete(job, report.Output);
            }
        }

        if (report.StopsWorker)
        {
            _attached.Detach(_attached.Touch(workerId));
        }
    }

    /// <summary>Gives the largest result a job may have; null for an unknown one.</summary>
    public int? ResultLimit(string jobId)
    {
        using var turn = _clock.Enter();
        return _book.Find(jobId) is { } job ? job.IsSync ? PayloadLimits.RunSync : PayloadLimits.Run : null;
    }

    private SimulatedJob? JobOf(string workerId, string jobId)
    {
        var worker = _attached.Touch(workerId);
        return _book.Find(jobId) is { } job && ReferenceEquals(job.Runner, worker) ? job : null;
    }
}
