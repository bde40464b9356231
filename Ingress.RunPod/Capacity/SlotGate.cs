using Ingress.Pipeline.Forwarding;

namespace Ingress.RunPod.Capacity;

/// <summary>
/// Holds what the room at one endpoint depends on, and hands the room out: own jobs, the last readiness, and the pause after an answer
/// that asked for one. Thread-safe.
/// </summary>
internal sealed class SlotGate(CapacityRules rules, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly OwnJobs _own = new(time);
    private readonly Pulse _changed = new();
    private Readiness _readiness = Readiness.Unknown;
    private IDemand? _demand;
    private long? _freeSince;
    private long? _wantedSince;
    private int _wantedAt;
    private long? _pausedUntil;
    private string? _pauseError;
    private int _failures;

    /// <summary>Gets the task that completes at the next change that may have made room.</summary>
    public Task NextChange => _changed.Next;

    /// <summary>Gets how many own jobs are outstanding.</summary>
    public int Own
    {
        get
        {
            lock (_lock)
            {
                return _own.Count;
            }
        }
    }

    /// <summary>Gets how long there will be no room whatever happens; null where it depends on a change.</summary>
    public TimeSpan? PauseLeft
    {
        get
        {
            lock (_lock)
            {
                return Pause();
            }
        }
    }

    /// <summary>Gets how many requests wait in our queue.</summary>
    public int Waiting => _demand?.Waiting ?? 0;

    /// <summary>Gets what is known now.</summary>
    public BackendSnapshot Snapshot
    {
        get
        {
            var waiting = Waiting; // foreign code: not under our lock
            lock (_lock)
            {
                return Describe(Decide(waiting));
            }
        }
    }

    /// <summary>Says whose requests wait.</summary>
    public void Attach(IDemand demand) => _demand = demand;

    /// <summary>Reserves room for one job, if there is any.</summary>
    /// <param name="freeSince">Since when that room has been known.</param>
    /// <returns>Whether it was reserved.</returns>
    public bool TryReserve(out long freeSince)
    {
        var waiting = Waiting;
        lock (_lock)
        {
            freeSince = 0;
            Note(Decide(waiting), time.GetTimestamp());
            if (_freeSince is not { } since)
            {
                return false;
            }

            freeSince = since;
            _own.Add(1);
            Note(Decide(Math.Max(0, waiting - 1)), since); // this request is no longer waiting
            return true;
        }
    }

    /// <summary>Takes back what was reserved: the job has ended, or there was none.</summary>
    public void Release()
    {
        var waiting = Waiting;
        lock (_lock)
        {
            _own.Add(-1);
            Note(Decide(waiting), time.GetTimestamp());
        }

        _changed.Change();
    }

    /// <summary>The queue's length has changed.</summary>
    public void DemandChanged() => Reconsider(time.GetTimestamp());

    /// <summary>Takes new knowledge in.</summary>
    public void Publish(Readiness readiness)
    {
        var waiting = Waiting;
        lock (_lock)
        {
            if (readiness.Version < _readiness.Version)
            {
                return;
            }

            _readiness = readiness;
            NoteWish(waiting);
        }

        Reconsider(readiness is { Fault: SampleFault.None, Sample: { } sample } ? sample.TakenAt : time.GetTimestamp());
    }

    /// <summary>Gives the most own jobs of the last while, for a sample that was asked for <paramref name="ago"/>.</summary>
    public int PeakSince(TimeSpan ago)
    {
        lock (_lock)
        {
            return _own.PeakWithin(CapacityRules.Lag + ago);
        }
    }

    /// <summary>RunPod turned a job away, or gave no clear answer: the next one waits, unless this was a single failure.</summary>
    /// <param name="error">What happened, for an operator.</param>
    /// <param name="isAsked">Whether RunPod asked for a pause, which is always made.</param>
    /// <param name="retryAfter">How long RunPod asked to wait.</param>
    public void BackOff(string error, bool isAsked, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            // Jobs sent side by side fail together: that is one failure, and must not double the pause for each of them.
            if (Pause() is null)
            {
                _failures++;
            }

            // One failure among many jobs that were taken says nothing of the next one; holding everybody up for it would cost more
            // than a second failure does. From then on it is no accident.
            if (_failures <= 1 && !isAsked)
            {
                return;
            }

            var delay = Backoff.Delay(_failures, FirstPause, LongestPause, retryAfter);
            var until = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            _pausedUntil = _pausedUntil > until ? _pausedUntil : until;
            _pauseError = error;
            _freeSince = null;
        }

        _changed.Change();
    }

    /// <summary>RunPod took a job: the next failure is a first one again.</summary>
    public void Accepted()
    {
        lock (_lock)
        {
            _failures = 0;
        }
    }

    private void Reconsider(long cause)
    {
        var waiting = Waiting;
        lock (_lock)
        {
            Note(Decide(waiting), cause);
        }

        _changed.Change();
    }

    private void Note(in CapacityResult room, long cause) => _freeSince = room.Free == 0 ? null : _freeSince ?? cause;

    private void NoteWish(int waiting)
    {
        if (_readiness.Sample is not { } sample || !rules.WantsWorker(sample, _own.Count, waiting))
        {
            _wantedSince = null;
        }
        else if (_wantedSince is null || CapacityRules.Up(sample.Workers) != _wantedAt)
        {
            _wantedSince = time.GetTimestamp();
            _wantedAt = CapacityRules.Up(sample.Workers);
        }
    }

    private CapacityResult Decide(int waiting)
    {
        var age = _readiness.Sample is { } sample ? time.GetElapsedTime(sample.TakenAt) : TimeSpan.Zero;
        var room = rules.Decide(new CapacityInput(_readiness.Sample, age, _readiness.Fault, _own.Count, waiting)
        {
            WantedFor = _wantedSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero,
        });
        return Pause() is null || room.State is BackendState.Unauthorized or BackendState.NotFound
            ? room
            : new CapacityResult(0, WaitReason.BackendUnavailable, BackendState.Unavailable);
    }

    private TimeSpan? Pause()
    {
        if (_pausedUntil is not { } until)
        {
            return null;
        }

        var left = time.GetElapsedTime(time.GetTimestamp(), until);
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        _pausedUntil = null;
        _pauseError = null;
        return null;
    }

    private BackendSnapshot Describe(in CapacityResult room) => new(room.State, room.Reason)
    {
        FreeSlots = room.Free,
        OwnJobs = _own.Count,
        MaxOwnJobs = rules.MaxOwn,
        Workers = _readiness.Sample?.Workers,
        Jobs = _readiness.Sample?.Jobs,
        SampledAt = _readiness.Sample?.TakenAtUtc,
        Error = _readiness.Error ?? _pauseError,
    };
}
