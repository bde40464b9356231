using System.Diagnostics.CodeAnalysis;

namespace Ingress.RunPod.Simulation;

/// <summary>The jobs that wait: first in, first out, and those of low priority only when no other waits.</summary>
internal sealed class JobQueue
{
    private readonly LinkedList<SimulatedJob> _normal = new();
    private readonly LinkedList<SimulatedJob> _low = new();

    public int Count => _normal.Count + _low.Count;

    /// <summary>Gets how many of the waiting jobs count for the scaler.</summary>
    public int NormalCount => _normal.Count;

    /// <summary>Gets the job that has its turn among those that count for the scaler.</summary>
    public SimulatedJob? Head => _normal.First?.Value;

    /// <param name="job">The job to line up.</param>
    /// <param name="first">True for a job that lost its worker: it goes on where it was, before all others (RunPod does not say
    /// where).</param>
    public void Add(SimulatedJob job, bool first = false)
    {
        var line = LineOf(job);
        job.QueuePlace = first ? line.AddFirst(job) : line.AddLast(job);
    }

    public bool TryTake([NotNullWhen(true)] out SimulatedJob? job)
    {
        job = (_normal.First ?? _low.First)?.Value;
        return job is not null && Remove(job);
    }

    public bool Remove(SimulatedJob job)
    {
        if (job.QueuePlace is not { } place)
        {
            return false;
        }

        LineOf(job).Remove(place);
        job.QueuePlace = null;
        return true;
    }

    public SimulatedJob[] ToArray() => [.. _normal, .. _low];

    private LinkedList<SimulatedJob> LineOf(SimulatedJob job) => job.Policy.LowPriority ? _low : _normal;
}
