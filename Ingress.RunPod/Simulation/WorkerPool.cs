namespace Ingress.RunPod.Simulation;

/// <summary>An endpoint's built-in workers: their starts, idle times and crashes. Lock held for all.</summary>
internal sealed class WorkerPool
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(5);

    private readonly SimulatedClock _clock;
    private readonly JobBook _book;
    private readonly Func<SimulatorOptions> _options;
    private readonly SimulatorDice _dice;
    private readonly BuiltInHandler _handler;
    private readonly WorkerScaler _scaler;
    private readonly List<SimulatedWorker> _workers = [];
    private TimeSpan _billed;
    private int _workersMade;
    private bool _aside;

    public WorkerPool(SimulatedClock clock, JobBook book, Func<SimulatorOptions> options, SimulatorDice dice)
    {
        _clock = clock;
        _book = book;
        _options = options;
        _dice = dice;
        _scaler = new WorkerScaler(clock, book, options);
        _handler = new BuiltInHandler(clock, book, options, dice, Crash);
        for (var i = 0; i < options().InitialIdleWorkers; i++) // those that are too many go when the endpoint settles
        {
            _workers.Add(NewWorker());
        }
    }

    /// <summary>Gets the workers that are up.</summary>
    public int Running => Count(SimulatedWorkerState.Running);

    public IEnumerable<string> RunningIds => _workers.Where(static w => w.State == SimulatedWorkerState.Running).Select(static w => w.Id);

    /// <summary>Gets the time all workers together have been up, which is what RunPod bills; starts are not billed since 2026-06.</summary>
    public TimeSpan Billed =>
        _workers.Aggregate(_billed, (sum, worker) => sum + (worker.BilledSince is { } since ? _clock.Now - since : TimeSpan.Zero));

    private int Allowed => _aside ? 0 : Math.Max(0, _options().MaxWorkers - _options().Throttled);

    public WorkerTally Tally()
    {
        var (idle, initializing, running, unhealthy) = (0, 0, 0, 0);
        foreach (var worker in _workers)
        {
            _ = worker.State switch
            {
                SimulatedWorkerState.Idle => idle++,
                SimulatedWorkerState.Initializing => initializing++,
                SimulatedWorkerState.Running => running++,
                _ => unhealthy++,
            };
        }

        // Throttled shows at rest too, as seen on real endpoints. A worker that still runs when its place is taken keeps it.
        var throttled = _aside ? 0 : Math.Clamp(_options().MaxWorkers - _workers.Count, 0, _options().Throttled);
        return new WorkerTally(idle, initializing, running, throttled, unhealthy);
    }

    /// <summary>Brings workers and queue into balance; called after everything that happens.</summary>
    public void Settle()
    {
        Trim();
        Dispatch();
        Scale();
    }

    /// <summary>Makes room for attached workers for good: busy workers finish their jobs, no other is kept or started.</summary>
    public void StepAside() => _aside = true;

    /// <summary>
    /// The settings changed: idle times start anew, since the shortest may have become longer and the number kept smaller.
    /// </summary>
    public void Reconsider()
    {
        foreach (var worker in _workers.Where(static w => w.State == SimulatedWorkerState.Running && w.Load == 0))
        {
            StartIdleTime(worker);
        }
    }

    /// <summary>Kills up to <paramref name="count"/> workers that are up, busy ones first.</summary>
    public int CrashSome(int count)
    {
        var up = _workers.Where(static w => w.State == SimulatedWorkerState.Running);
        var victims = up.OrderByDescending(static w => w.Load).Take(count).ToArray();
        Array.ForEach(victims, Crash);
        return victims.Length;
    }

    internal void Released(SimulatedWorker worker, SimulatedJob job, bool stop)
    {
        if (!worker.Jobs.Remove(job))
        {
            return;
        }

        if (stop && _options().StopDelay > TimeSpan.Zero)
        {
            var life = worker.Life;
            worker.Stopping++;
            _clock.After(_options().StopDelay, () => Stopped(worker, life));
        }
        else if (worker is { State: SimulatedWorkerState.Running, Load: 0 })
        {
            StartIdleTime(worker);
        }
    }

    private void Stopped(SimulatedWorker worker, int life)
    {
        if (worker.Life == life && --worker.Stopping == 0 && worker.Load == 0)
        {
            StartIdleTime(worker);
        }
    }

    private void Dispatch()
    {
        while (!_aside && _book.Queue.Count > 0 && FreeWorker() is { } worker && _book.Queue.TryTake(out var job))
        {
            worker.Jobs.Add(job);
            _handler.Begin(job, worker);
        }
    }

    private SimulatedWorker? FreeWorker()
    {
        foreach (var worker in _workers)
        {
            if (worker.State == SimulatedWorkerState.Running && worker.Load < _options().ConcurrencyPerWorker)
            {
                return worker;
            }
        }

        return null;
    }

    private void Trim()
    {
        for (var i = _workers.Count - 1; i >= 0 && _workers.Count > Allowed; i--)
        {
            // Scaled-down workers go first: the list's end is looked at twice, for them and then for those that are up without work.
            if (_workers[i].State == SimulatedWorkerState.Idle)
            {
                Remove(i);
            }
        }

        for (var i = _workers.Count - 1; i >= 0 && _workers.Count > Allowed; i--)
        {
            if (_workers[i].Load == 0)
            {
                Remove(i);
            }
        }
    }

    private void Remove(int index)
    {
        var worker = _workers[index];
        worker.Alarm?.Cancel();
        worker.Life++;
        StopBilling(worker);
        _workers.RemoveAt(index);
    }

    private void Scale()
    {
        if (_aside)
        {
            return;
        }

        for (var active = _workers.Count - Count(SimulatedWorkerState.Idle); active < Wanted(active); active++)
        {
            Start(_workers.Find(static w => w.State == SimulatedWorkerState.Idle) ?? Place());
        }
    }

    private int Wanted(int active)
    {
        var wanted = _scaler.Wanted(active, Count(SimulatedWorkerState.Initializing), Allowed);
        return Math.Min(Math.Max(wanted, _options().MinWorkers), Allowed);
    }

    private SimulatedWorker Place()
    {
        var worker = NewWorker();
        _workers.Add(worker);
        return worker;
    }

    private SimulatedWorker NewWorker() => new($"sim-worker-{++_workersMade}", this);

    private void Start(SimulatedWorker worker)
    {
        _scaler.WorkerStarted();
        worker.State = SimulatedWorkerState.Initializing;
        worker.Alarm?.Cancel();
        worker.Alarm = _clock.After(_options().ColdStart, () => Started(worker));
    }

    private void Started(SimulatedWorker worker)
    {
        if (_dice.Roll(_options().StartFailureProbability))
        {
            Crash(worker);
            return;
        }

        worker.State = SimulatedWorkerState.Running;
        worker.BilledSince = _clock.Now;
        StartIdleTime(worker);
    }

    private void StartIdleTime(SimulatedWorker worker)
    {
        worker.Alarm?.Cancel();
        worker.Alarm = _clock.After(_options().IdleTimeout, () => IdleOut(worker));
    }

    private void IdleOut(SimulatedWorker worker)
    {
        if (worker is { State: SimulatedWorkerState.Running, Load: 0 } && Running > _options().MinWorkers)
        {
            StopBilling(worker);
            worker.State = SimulatedWorkerState.Idle;
        }
    }

    private void Crash(SimulatedWorker worker)
    {
        StopBilling(worker);
        worker.State = SimulatedWorkerState.Unhealthy;
        worker.Life++;
        worker.Stopping = 0;
        foreach (var job in worker.Jobs.ToArray())
        {
            _book.Requeue(job);
        }

        var pause = _options().CrashBackoff * Math.Pow(2, Math.Min(worker.Crashes++, 20));
        worker.Alarm?.Cancel();
        worker.Alarm = _clock.After(pause < LongestBackoff ? pause : LongestBackoff, () => Recover(worker));
    }

    private void Recover(SimulatedWorker worker)
    {
        // Whoever is not needed any more stays down, as a scaled-down worker does.
        worker.State = SimulatedWorkerState.Idle;
        if (_book.Queue.NormalCount > 0)
        {
            Start(worker);
        }
    }

    private void StopBilling(SimulatedWorker worker)
    {
        _billed += worker.BilledSince is { } since ? _clock.Now - since : TimeSpan.Zero;
        worker.BilledSince = null;
    }

    private int Count(SimulatedWorkerState state)
    {
        var count = 0;
        foreach (var worker in _workers)
        {
            count += worker.State == state ? 1 : 0;
        }

        return count;
    }
}
