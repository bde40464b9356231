using Ingress.Pipeline.Forwarding;

namespace Ingress.Tests.Support;

/// <summary>A backend that a test plays: it has as many slots as it is told, and jobs do what the test says.</summary>
internal sealed class FakeBackend(string name, TimeProvider time) : IJobBackend
{
    private readonly Lock _gate = new();
    private readonly List<FakeJob> _jobs = [];
    private TaskCompletionSource<IJobSlot>? _waiter;
    private int _free;
    private int _held;
    private int _demandChanges;

    public string Name => name;

    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public IDemand? Demand { get; private set; }

    /// <summary>Gets or sets the state to show; null shows whether a slot is free.</summary>
    public BackendState? State { get; set; }

    public WaitReason Reason { get; set; } = WaitReason.WorkersBusy;

    public BackendSnapshot Snapshot
    {
        get
        {
            lock (_gate)
            {
                return new BackendSnapshot(State ?? (_free > 0 ? BackendState.Ready : BackendState.Busy), Reason) { FreeSlots = _free, OwnJobs = _held };
            }
        }
    }

    /// <summary>Gets every job that was handed over, in order.</summary>
    public IReadOnlyList<FakeJob> Jobs
    {
        get
        {
            lock (_gate)
            {
                return [.. _jobs];
            }
        }
    }

    public int Free
    {
        get
        {
            lock (_gate)
            {
                return _free;
            }
        }
    }

    public int Held
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    /// <summary>Gets whether somebody waits for a slot.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_gate)
            {
                return _waiter is not null;
            }
        }
    }

    /// <summary>Gets how often it was told that something waits.</summary>
    public int DemandChanges => Volatile.Read(ref _demandChanges);

    /// <summary>Gets or sets for how long a slot has been free when it is handed out.</summary>
    public TimeSpan FreeFor { get; set; }

    /// <summary>Gets or sets what handing a job over throws.</summary>
    public Exception? SubmitFault { get; set; }

    public void Attach(IDemand demand) => Demand = demand;

    public void DemandChanged() => Interlocked.Increment(ref _demandChanges);

    /// <summary>Makes room for so many more jobs.</summary>
    public void Offer(int slots)
    {
        TaskCompletionSource<IJobSlot>? waiter = null;
        lock (_gate)
        {
            _free += slots;
            if (_free > 0 && _waiter is not null)
            {
                (waiter, _waiter) = (_waiter, null);
                _free--;
                _held++;
            }
        }

        waiter?.SetResult(NewJob());
    }

    public async ValueTask<IJobSlot> AcquireSlotAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<IJobSlot> waiter;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                _held++;
                return NewJob();
            }

            waiter = _waiter = new TaskCompletionSource<IJobSlot>(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return await waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Waits until so many jobs were handed over.</summary>
    public async Task<IReadOnlyList<FakeJob>> WaitForJobsAsync(int count, CancellationToken cancellationToken)
    {
        while (Jobs.Count < count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return Jobs;
    }

    private FakeJob NewJob() => new(this, time.GetTimestamp() - (long)(FreeFor.TotalSeconds * time.TimestampFrequency));

    internal void Submitted(FakeJob job)
    {
        lock (_gate)
        {
            _jobs.Add(job);
        }
    }

    /// <summary>A slot was given back. It is not offered again by itself: the test decides.</summary>
    internal void Released()
    {
        lock (_gate)
        {
            _held--;
        }
    }
}
