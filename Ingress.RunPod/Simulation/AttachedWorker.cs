namespace Ingress.RunPod.Simulation;

/// <summary>A real worker process that takes its jobs over HTTP. Belongs to <see cref="AttachedWorkers"/>; lock held for all.</summary>
internal sealed class AttachedWorker(string id) : IJobRunner
{
    public string Id { get; } = id;

    public HashSet<SimulatedJob> Jobs { get; } = [];

    /// <summary>Gets the jobs it has to be told to stop.</summary>
    public List<string> Stops { get; } = [];

    public TaskCompletionSource? StopPoll { get; set; }

    /// <summary>Gets or sets how many long-polls it holds open: as long as there is one, it lives.</summary>
    public int OpenPolls { get; set; }

    public TimeSpan LastSeen { get; set; }

    public void Release(SimulatedJob job, bool stop)
    {
        if (Jobs.Remove(job) && stop)
        {
            Stops.Add(job.Id);
            StopPoll?.TrySetResult();
        }
    }
}
