using Ingress.Pipeline.Forwarding;

namespace Ingress.RunPod.Capacity;

/// <summary>One good answer of <c>/health</c>. Immutable.</summary>
/// <param name="Workers">The workers.</param>
/// <param name="Jobs">The jobs of all clients.</param>
/// <param name="OwnPeak">
/// The most own jobs that were outstanding at any moment to which the sample may refer; it lags, so that is more than one moment.
/// </param>
internal sealed record HealthSample(WorkerCounts Workers, JobCounts Jobs, int OwnPeak)
{
    /// <summary>Gets the <see cref="TimeProvider.GetTimestamp"/> at which it arrived.</summary>
    public long TakenAt { get; init; }

    /// <summary>Gets the time at which it arrived, for people.</summary>
    public DateTimeOffset TakenAtUtc { get; init; }
}
