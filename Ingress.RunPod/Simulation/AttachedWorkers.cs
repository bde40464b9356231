namespace Ingress.RunPod.Simulation;

/// <summary>The real workers of an endpoint, from their first call until they fall silent. Lock held for all.</summary>
internal sealed class AttachedWorkers(SimulatedClock clock, JobBook book, Func<SimulatorOptions> options, Action attached)
{
    // RunPod's SDK gives a poll up after 90 s. Answering well before that leaves no job on a connection that is just being dropped.
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, AttachedWorker> _workers = new(StringComparer.Ordinal);
    private readonly LinkedList<JobTake> _takes = new();

    public int Count => _workers.Count;

    public IEnumerable<string> Ids => _workers.Keys;

    /// <summary>Notes a sign of life; the first one attaches the worker.</summary>
    public AttachedWorker Touch(string id)
    {
        if (!_workers.TryGetValue(id, out var worker))
        {
            worker = new AttachedWorker(id);
            _workers.Add(id, worker);
            clock.After(options().WorkerLostAfter, () => Check(worker));
            attached();
        }

        worker.LastSeen = clock.Now;
        return worker;
    }

    public JobTake OpenTake(string id, int size)
    {
        var worker = Touch(id);
        var take = new JobTake(worker, size);
        worker.OpenPolls++;
        var place = _takes.AddLast(take);
        take.Expiry = clock.After(Hold, () =>
        {
            if (place.List is not null)
            {
                _takes.Remove(place);
                take.TrySetResult([]);
            }
        });
        return take;
    }

    /// <summary>Ends a take. Jobs that were handed to a connection that had gone in the meantime go back to their place.</summary>
    public void CloseTake(JobTake take, bool abandoned)
    {
        Closed(take.Worker);
        take.Expiry?.Cancel();
        _takes.Remove(take);
        if (abandoned && take.Task.IsCompletedSuccessfully)
        {
            PutBack(take.Worker, take.Task.Result);
        }
    }

    public void PutBack(AttachedWorker worker, IReadOnlyList<SimulatedJob> jobs)
    {
        foreach (var job in jobs.Reverse().Where(job => ReferenceEquals(job.Runner, worker)))
        {
            book.PutBack(job);
        }
    }

    /// <summary>Opens the stop channel. A second poll of the same worker ends the first.</summary>
    public AttachedWorker OpenStopPoll(string id)
    {
        var worker = Touch(id);
        worker.OpenPolls++;
        worker.StopPoll?.TrySetResult();
        var poll = worker.StopPoll = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        clock.After(worker.Stops.Count > 0 ? TimeSpan.Zero : Hold, () => poll.TrySetResult());
        return worker;
    }

    public string[] CloseStopPoll(AttachedWorker worker, bool abandoned)
    {
        Closed(worker);
        if (abandoned)
        {
            return [];
        }

        var stops = worker.Stops.ToArray();
        worker.Stops.Clear();
        return stops;
    }

    /// <summary>Hands waiting jobs to waiting workers, each in the order they came.</summary>
    public void Settle()
    {
        while (_takes.First is { Value: var take } && book.Queue.Count > 0)
        {
            _takes.RemoveFirst();
            var jobs = new List<SimulatedJob>();
            while (jobs.Count < take.Size && book.Queue.TryTake(out var job))
            {
                take.Worker.Jobs.Add(job);
                book.Begin(job, take.Worker);
                jobs.Add(job);
            }

            take.TrySetResult(jobs);
        }
    }

    /// <summary>Removes a worker; the platform runs its jobs again.</summary>
    public void Detach(AttachedWorker worker)
    {
        if (_workers.Remove(worker.Id))
        {
            worker.StopPoll?.TrySetResult();
            EndTakes(take => take.Worker == worker);
            foreach (var job in worker.Jobs.ToArray())
            {
                book.Requeue(job);
            }
        }
    }

    public void DetachAll()
    {
        foreach (var worker in _workers.Values.ToArray())
        {
            Detach(worker);
        }

        EndTakes(static _ => true);
    }

    private void EndTakes(Func<JobTake, bool> which)
    {
        foreach (var take in _takes.Where(which).ToArray())
        {
            _takes.Remove(take);
            take.TrySetResult([]);
        }
    }

    private void Closed(AttachedWorker worker)
    {
        worker.OpenPolls--;
        worker.LastSeen = clock.Now;
    }

    private void Check(AttachedWorker worker)
    {
        var lostAt = worker.LastSeen + options().WorkerLostAfter;
        if (worker.OpenPolls == 0 && lostAt <= clock.Now)
        {
            Detach(worker);
        }
        else if (_workers.GetValueOrDefault(worker.Id) == worker)
        {
            clock.After(worker.OpenPolls > 0 ? options().WorkerLostAfter : lostAt - clock.Now, () => Check(worker));
        }
    }
}
