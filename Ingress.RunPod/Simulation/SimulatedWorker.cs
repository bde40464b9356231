namespace Ingress.RunPod.Simulation;

/// <summary>A worker with the built-in handler. Belongs to its <see cref="WorkerPool"/>; lock held for all.</summary>
internal sealed class SimulatedWorker(string id, WorkerPool pool) : IJobRunner
{
    public string Id { get; } = id;

    public SimulatedWorkerState State { get; set; }

    public HashSet<SimulatedJob> Jobs { get; } = [];

    /// <summary>Gets or sets how many handlers were told to stop and have not done so yet.</summary>
    public int Stopping { get; set; }

    /// <summary>Gets the places taken.</summary>
    public int Load => Jobs.Count + Stopping;

    /// <summary>Gets or sets the crashes since the last job it finished.</summary>
    public int Crashes { get; set; }

    /// <summary>Gets or sets a number that changes with each crash: what was planned for the process before it is void.</summary>
    public int Life { get; set; }

    /// <summary>Gets or sets the end of its start, of its idle time or of its pause: it has one of them at a time.</summary>
    public ScheduledCall? Alarm { get; set; }

    /// <summary>Gets or sets since when it is billed; null while it is not.</summary>
    public TimeSpan? BilledSince { get; set; }

    public void Release(SimulatedJob job, bool stop) => pool.Released(this, job, stop);
}
