namespace Ingress.RunPod.Simulation;

/// <summary>
/// One job and all that is known of it. Owned by its endpoint's <see cref="JobBook"/>; touched with the endpoint's lock held only.
/// </summary>
internal sealed class SimulatedJob
{
    private readonly List<(SimulatedJobState State, TimeSpan At, string? WorkerId)> _history = [];
    private readonly List<JobWaiter> _waiters = [];
    private List<byte[]> _unread = [];

    public required string Id { get; init; }

    public required long Sequence { get; init; }

    /// <summary>Gets a value indicating whether it came by <c>/runsync</c>: larger payloads, shorter retention.</summary>
    public required bool IsSync { get; init; }

    public required SimulatedPolicy Policy { get; init; }

    public required TimeSpan SubmittedAt { get; init; }

    /// <summary>Gets or sets the input's bytes as they came; empty once the job is gone.</summary>
    public required ReadOnlyMemory<byte> Input { get; set; }

    public SimulatedJobState State { get; private set; }

    public TimeSpan QueuedAt { get; private set; }

    public TimeSpan? StartedAt { get; private set; }

    public TimeSpan? EndedAt { get; private set; }

    public string? WorkerId { get; private set; }

    public IJobRunner? Runner { get; set; }

    public int Attempts { get; private set; }

    public int Retries { get; set; }

    /// <summary>Gets or sets the result, or while it runs the last progress update; raw JSON.</summary>
    public byte[]? Output { get; set; }

    public string? Error { get; set; }

    public long ChunksMade { get; private set; }

    public long ChunksRead { get; private set; }

    /// <summary>Gets or sets how often <c>/cancel</c> was called for it, whatever became of the call.</summary>
    public int CancelCalls { get; set; }

    /// <summary>Gets or sets a value indicating whether a fault kept its id from whoever sent it: nobody can follow or cancel it.</summary>
    public bool IsUnknown { get; set; }

    public LinkedListNode<SimulatedJob>? QueuePlace { get; set; }

    public ScheduledCall? Deletion { get; set; }

    public ScheduledCall? Timeout { get; set; }

    /// <summary>Gets or sets what the built-in handler does next.</summary>
    public ScheduledCall? Step { get; set; }

    public bool HasUnread => _unread.Count > 0;

    public IReadOnlyList<(SimulatedJobState State, TimeSpan At, string? WorkerId)> History => _history;

    public void EnterQueue(TimeSpan now)
    {
        QueuedAt = now;
        StartedAt = null;
        EndedAt = null;
        WorkerId = null;
        Become(SimulatedJobState.InQueue, now);
    }

    public void Begin(IJobRunner runner, TimeSpan now)
    {
        Runner = runner;
        WorkerId = runner.Id;
        StartedAt = now;
        Attempts++;
        Output = null;
        Become(SimulatedJobState.InProgress, now);
    }

    public void End(SimulatedJobState state, TimeSpan now)
    {
        EndedAt = now;
        Become(state, now);
        Wake(chunks: false);
    }

    /// <summary>Lets go of everything that takes room; only the history stays.</summary>
    public void Vanish(TimeSpan now)
    {
        Become(SimulatedJobState.Gone, now);
        Input = default;
        Output = null;
        Error = null;
        _unread = [];
        Wake(chunks: false);
    }

    /// <summary>Forgets what an earlier run left behind, for <c>/retry</c>.</summary>
    public void Forget()
    {
        Output = null;
        Error = null;
        _unread = [];
    }

    /// <summary>Takes over one yield of the handler, as one chunk or as several where it is larger than a chunk may be.</summary>
    public void AddYield(byte[] raw)
    {
        foreach (var chunk in JsonText.Split(raw, PayloadLimits.Chunk))
        {
            _unread.Add(chunk);
            ChunksMade++;
        }

        Wake(chunks: true);
    }

    /// <summary>Hands out what has not been read yet; each chunk goes out once, whether its answer arrives or not.</summary>
    public List<byte[]> Drain()
    {
        var chunks = _unread;
        if (chunks.Count > 0)
        {
            _unread = [];
            ChunksRead += chunks.Count;
        }

        return chunks;
    }

    public JobWaiter Wait(bool wantsChunks)
    {
        var waiter = new JobWaiter(wantsChunks);
        _waiters.Add(waiter);
        return waiter;
    }

    public void StopWaiting(JobWaiter waiter) => _waiters.Remove(waiter);

    private void Become(SimulatedJobState state, TimeSpan now)
    {
        State = state;
        _history.Add((state, now, WorkerId));
    }

    private void Wake(bool chunks)
    {
        foreach (var waiter in _waiters)
        {
            if (!chunks || waiter.WantsChunks)
            {
                waiter.TrySetResult();
            }
        }
    }
}
