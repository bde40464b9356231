namespace Ingress.Pipeline.Forwarding;

/// <summary>
/// One backend endpoint that runs jobs: the port through which the pipeline waits for room, hands a request over and follows it to its end.
/// </summary>
/// <remarks>Thread-safe. One instance lives as long as the process and belongs to the host's service provider.</remarks>
public interface IJobBackend
{
    /// <summary>Gets the endpoint's name: <c>default</c>, or the name it was configured under.</summary>
    string Name { get; }

    /// <summary>Gets what is known of the backend now. Never blocks and never calls the backend.</summary>
    BackendSnapshot Snapshot { get; }

    /// <summary>Gets how often the backend is asked for its readiness while something waits; the queue's log line follows it.</summary>
    TimeSpan PollInterval { get; }

    /// <summary>
    /// Tells the backend whose waiting requests it serves. Called once, before anything else.
    /// </summary>
    /// <param name="demand">The queue's view of what waits; read from any thread, at any time.</param>
    void Attach(IDemand demand);

    /// <summary>
    /// Tells that the queue went from empty to waiting or that its length changed much. Cheap, never blocks; makes the backend look at
    /// its readiness at once instead of at its next poll.
    /// </summary>
    void DemandChanged();

    /// <summary>
    /// Waits until there is room for one more job, and reserves it. One caller at a time: the order of requests is the caller's.
    /// </summary>
    /// <param name="cancellationToken">Gives the wait up; nothing stays reserved then.</param>
    /// <returns>The reserved slot. The caller hands a job over with it or releases it.</returns>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    ValueTask<IJobSlot> AcquireSlotAsync(CancellationToken cancellationToken);
}
