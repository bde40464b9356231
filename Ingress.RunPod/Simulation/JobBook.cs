namespace Ingress.RunPod.Simulation;

/// <summary>
/// An endpoint's jobs, from acceptance to oblivion: the queue, the states and the deadlines. It knows no worker and no HTTP. Lock held
/// for all.
/// </summary>
internal sealed class JobBook(SimulatedClock clock, Func<SimulatorOptions> options, Func<long> nextSequence)
{
    // A simulator may run for weeks: the record of jobs long gone is cut off somewhere.
    private const int JournalLength = 100_000;

    private readonly Dictionary<string, SimulatedJob> _jobs = new(StringComparer.Ordinal);
    private readonly Queue<SimulatedJob> _journal = new();

    public JobQueue Queue { get; } = new();

    /// <summary>Gets every job ever accepted (the newest of them), in that order.</summary>
    public IReadOnlyCollection<SimulatedJob> Journal => _journal;

    public int InProgress { get; private set; }

    public int Completed { get; private set; }

    public int Failed { get; private set; }

    public int Retried { get; private set; }

    public SimulatedJob? Find(string id) => _jobs.GetValueOrDefault(id);

    public SimulatedJob Submit(RunRequest request, bool isSync)
    {
        // Real ids end in the region; those of /runsync are marked.
        var job = new SimulatedJob
        {
            Id = $"{(isSync ? "sync-" : "")}{Guid.NewGuid():D}-u1",
            Sequence = nextSequence(),
            IsSync = isSync,
            Policy = request.Policy,
            SubmittedAt = clock.Now,
            Input = request.Input,
        };
        _jobs.Add(job.Id, job);
        _journal.Enqueue(job);
        if (_journal.Count > JournalLength)
        {
            _journal.Dequeue();
        }

        job.Deletion = clock.After(TtlOf(job), () => Delete(job));
        job.EnterQueue(clock.Now);
        Queue.Add(job);
        return job;
    }

    /// <summary>Gives a job that was taken from the queue to a worker.</summary>
    public void Begin(SimulatedJob job, IJobRunner runner)
    {
        job.Begin(runner, clock.Now);
        InProgress++;
        job.Timeout = clock.After(job.Policy.ExecutionTimeout ?? options().ExecutionTimeout, () => TimeOut(job));
    }

    public void Complete(SimulatedJob job, byte[]? output)
    {
        job.Output = output;
        Completed++;
        End(job, SimulatedJobState.Completed, stop: false);
    }

    public void Fail(SimulatedJob job, string error, byte[]? output = null)
    {
        job.Output = output;
        job.Error = error;
        Failed++;
        End(job, SimulatedJobState.Failed, stop: false);
    }

    /// <summary>Cancels what is not over yet. RunPod does not say what a finished job's cancel does: here it changes nothing.</summary>
    public void Cancel(SimulatedJob job)
    {
        if (!job.State.IsOver())
        {
            End(job, SimulatedJobState.Cancelled, stop: true);
        }
    }

    /// <summary>
    /// The platform runs a job again whose worker was lost. Chunks that were not read yet stay readable: they had arrived.
    /// </summary>
    public void Requeue(SimulatedJob job)
    {
        if (job.Retries >= options().MaxRetries)
        {
            Fail(job, $"job failed after {job.Retries} retries: its worker exited unexpectedly");
            return;
        }

        job.Retries++;
        Retried++;
        PutBack(job);
    }

    /// <summary>Puts a running job back at the head of the queue, as if it had never left it.</summary>
    public void PutBack(SimulatedJob job)
    {
        Detach(job, stop: false);
        job.Output = null;
        job.EnterQueue(clock.Now);
        Queue.Add(job, first: true);
    }

    /// <summary><c>/retry</c>: a new run of a job that failed or timed out. Its TTL still counts from its submission.</summary>
    public bool TryRetry(SimulatedJob job)
    {
        if (job.State is not (SimulatedJobState.Failed or SimulatedJobState.TimedOut))
        {
            return false;
        }

        Retried++;
        job.Forget();
        job.Deletion?.Cancel();
        job.Deletion = clock.After(job.SubmittedAt + TtlOf(job) - clock.Now, () => Delete(job));
        job.EnterQueue(clock.Now);
        Queue.Add(job);
        return true;
    }

    /// <summary>Empties the queue. What becomes of the jobs is not published; CANCELLED lets whoever follows one come to an end.</summary>
    public int Purge()
    {
        var waiting = Queue.ToArray();
        foreach (var job in waiting)
        {
            Cancel(job);
        }

        return waiting.Length;
    }

    /// <summary><c>/status?ttl=</c>: a finished job's data is dropped sooner, never later.</summary>
    public void Shorten(SimulatedJob job, TimeSpan left)
    {
        if (job.State.IsOver() && clock.Now + left < KeptUntil(job))
        {
            job.Deletion?.Cancel();
            job.Deletion = clock.After(left, () => Delete(job));
        }
    }

    public void DeleteAll()
    {
        foreach (var job in _jobs.Values.ToArray())
        {
            Delete(job);
        }
    }

    private void TimeOut(SimulatedJob job)
    {
        Failed++;
        job.Output = null;
        job.Error = $"job timed out after {job.Retries} retries";
        End(job, options().TimeoutFails ? SimulatedJobState.Failed : SimulatedJobState.TimedOut, stop: true);
    }

    private void End(SimulatedJob job, SimulatedJobState state, bool stop)
    {
        Detach(job, stop);
        job.End(state, clock.Now);
        job.Deletion?.Cancel();
        job.Deletion = clock.After(KeptUntil(job) - clock.Now, () => Delete(job));
    }

    /// <summary>Deletes the job in whatever state it is; a running one is stopped.</summary>
    private void Delete(SimulatedJob job)
    {
        Detach(job, stop: true);
        job.Deletion?.Cancel();
        _jobs.Remove(job.Id);
        job.Vanish(clock.Now);
    }

    private void Detach(SimulatedJob job, bool stop)
    {
        Queue.Remove(job);
        job.Step?.Cancel();
        job.Timeout?.Cancel();
        if (job.State == SimulatedJobState.InProgress)
        {
            InProgress--;
        }

        var runner = job.Runner;
        job.Runner = null;
        runner?.Release(job, stop);
    }

    private TimeSpan KeptUntil(SimulatedJob job)
    {
        var retention = job.EndedAt + (job.IsSync ? options().SyncRetention : options().Retention);
        var life = job.SubmittedAt + TtlOf(job);
        return retention < life ? retention.Value : life;
    }

    private TimeSpan TtlOf(SimulatedJob job) => job.Policy.Ttl ?? options().JobTtl;
}
