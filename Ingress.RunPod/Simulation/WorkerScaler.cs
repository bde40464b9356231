namespace Ingress.RunPod.Simulation;

/// <summary>
/// Decides how many workers an endpoint wants, the way its <see cref="SimulatorOptions.Scaler"/> says. Lock held for all.
/// </summary>
internal sealed class WorkerScaler(SimulatedClock clock, JobBook book, Func<SimulatorOptions> options)
{
    private TimeSpan? _lastStart;
    private TimeSpan? _checkAt;
    private ScheduledCall? _check;

    public void WorkerStarted() => _lastStart = clock.Now;

    /// <summary>Tells how many workers should be up or starting. Ending them is not its business: they idle out.</summary>
    public int Wanted(int active, int initializing, int allowed)
    {
        if (options().Scaler == SimulatedScaler.RequestCount)
        {
            // A job of low priority counts once it runs; RunPod says only that one that waits starts no worker.
            var demand = book.Queue.NormalCount + book.InProgress;
            return (demand + options().RequestCount - 1) / options().RequestCount;
        }

        // The first worker starts at once, for there is none to wait for. RunPod publishes no figure for it.
        return book.Queue.Head is not { } head ? 0 : active == 0 ? 1 : ByDelay(head, active, initializing, allowed);
    }

    /// <summary>One more worker whenever the next job has waited too long since it came or since the last worker was added.</summary>
    private int ByDelay(SimulatedJob head, int active, int initializing, int allowed)
    {
        // Workers on their way take their share of the queue with them; otherwise one job and a slow start would bring up all of them.
        if (book.Queue.NormalCount <= initializing * options().ConcurrencyPerWorker || active >= allowed)
        {
            return active;
        }

        var due = (_lastStart > head.QueuedAt ? _lastStart.Value : head.QueuedAt) + options().QueueDelay;
        if (due <= clock.Now)
        {
            return active + 1;
        }

        if (_checkAt != due)
        {
            _check?.Cancel();
            _checkAt = due;
            _check = clock.After(due - clock.Now, static () => { }); // the look at the queue follows by itself
        }

        return active;
    }
}
