namespace Ingress.RunPod.Simulation;

/// <summary>
/// One simulated endpoint with its own queue, workers and limits. Thread-safe: each member takes the endpoint's lock by itself.
/// </summary>
internal sealed partial class SimulatedEndpoint : IDisposable
{
    private readonly SimulatedClock _clock;
    private readonly JobBook _book;
    private readonly WorkerPool _pool;
    private readonly AttachedWorkers _attached;
    private readonly HealthHistory _health = new();
    private readonly RateGates _gates = new();
    private readonly OperationStats[] _stats = [.. Enumerable.Range(0, SimulatedOperations.Count).Select(static _ => new OperationStats())];
    private SimulatorOptions _options;

    public SimulatedEndpoint(string id, SimulatorOptions options, TimeProvider time, SimulatorDice dice, Func<long> nextSequence)
    {
        Id = id;
        _options = options;
        _clock = new SimulatedClock(time, Settle);
        _book = new JobBook(_clock, () => _options, nextSequence);
        _pool = new WorkerPool(_clock, _book, () => _options, dice);
        _attached = new AttachedWorkers(_clock, _book, () => _options, _pool.StepAside);
        using var turn = _clock.Enter(); // settles: placed and active workers are there from the start
    }

    public string Id { get; }

    /// <summary>Gets or sets the settings in force. They must not be changed afterwards, only replaced.</summary>
    public SimulatorOptions Options
    {
        get
        {
            using var turn = _clock.Enter();
            return _options;
        }

        set
        {
            using var turn = _clock.Enter();
            _options = value;
            _pool.Reconsider();
        }
    }

    /// <summary>Gets how many real workers are attached.</summary>
    public int Attached
    {
        get
        {
            using var turn = _clock.Enter();
            return _attached.Count;
        }
    }

    /// <summary>Counts a call in, and refuses it where RunPod's limits are exceeded.</summary>
    public bool TryEnter(SimulatedOperation operation)
    {
        using var turn = _clock.Enter();
        var stats = _stats[(int)operation];
        stats.Calls++;
        if (_gates.Of(operation) is { } gate && !gate.TryEnter(_clock.Now, _pool.Running + _attached.Count, _options.Limits))
        {
            stats.TooMany++;
            return false;
        }

        stats.PeakOpen = Math.Max(stats.PeakOpen, ++stats.Open);
        return true;
    }

    public void Leave(SimulatedOperation operation)
    {
        using var turn = _clock.Enter();
        _stats[(int)operation].Open--;
        _gates.Of(operation)?.Leave();
    }

    public void FaultHit(SimulatedOperation operation)
    {
        using var turn = _clock.Enter();
        _stats[(int)operation].Faults++;
    }

    /// <summary>Notes that a job is asked to be cancelled, before any fault can hit the call.</summary>
    public void CancelCalled(string jobId)
    {
        using var turn = _clock.Enter();
        if (_book.Find(jobId) is { } job)
        {
            job.CancelCalls++;
        }
    }

    /// <summary>Notes that the answer that named a new job never reaches whoever sent it.</summary>
    public void AnswerLost(string jobId)
    {
        using var turn = _clock.Enter();
        if (_book.Find(jobId) is { } job)
        {
            job.IsUnknown = true;
        }
    }

    public int CrashSome(int count)
    {
        using var turn = _clock.Enter();
        return _pool.CrashSome(count);
    }

    /// <summary>Gives every job in the order of acceptance.</summary>
    public JobRecord[] Jobs()
    {
        using var turn = _clock.Enter();
        return [.. _book.Journal.Select(ToRecord)];
    }

    /// <summary>Gives the jobs that wait or run, in the order of acceptance.</summary>
    public JobRecord[] OpenJobs()
    {
        using var turn = _clock.Enter();
        return [.. _book.Journal.Where(static job => job.State is SimulatedJobState.InQueue or SimulatedJobState.InProgress).Select(ToRecord)];
    }

    public EndpointStats Stats()
    {
        using var turn = _clock.Enter();
        return new EndpointStats(
            Id,
            Counts(),
            _pool.Billed,
            [.. _stats.Select((s, i) => new OperationCount((SimulatedOperation)i, s.Calls, s.Open, s.PeakOpen, s.TooMany, s.Faults))]);
    }

    /// <summary>Ends everything: open polls are answered, jobs are gone.</summary>
    public void Dispose()
    {
        using (_clock.Enter())
        {
            _attached.DetachAll();
            _book.DeleteAll();
        }

        _clock.Dispose();
    }

    private void Settle()
    {
        _attached.Settle();
        _pool.Settle();
        _health.Record(_clock.Now, _options.HealthLag, Counts());
    }

    private HealthCounts Counts()
    {
        // An attached worker is up from its first call to its last sign of life.
        var workers = _pool.Tally();
        workers = workers with { Running = workers.Running + _attached.Count };
        return new HealthCounts(_book.Completed, _book.Failed, _book.InProgress, _book.Queue.Count, _book.Retried, workers);
    }

    private JobRecord ToRecord(SimulatedJob job) => new(
        job.Id,
        Id,
        job.Sequence,
        job.State,
        job.WorkerId,
        job.Attempts,
        job.Retries,
        job.ChunksMade,
        job.ChunksRead,
        job.Input,
        job.Policy,
        [.. job.History.Select(moment => new JobMoment(moment.State, _clock.ToUtc(moment.At), moment.WorkerId))])
    {
        CancelCalls = job.CancelCalls,
        IsUnknown = job.IsUnknown,
    };
}
