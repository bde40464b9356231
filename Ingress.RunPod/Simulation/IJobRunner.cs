namespace Ingress.RunPod.Simulation;

/// <summary>A worker, built in or attached, as a job sees it.</summary>
internal interface IJobRunner
{
    string Id { get; }

    /// <summary>The job is no longer this worker's.</summary>
    /// <param name="job">The job.</param>
    /// <param name="stop">True if the job was ended from outside and its handler has to be stopped.</param>
    void Release(SimulatedJob job, bool stop);
}
