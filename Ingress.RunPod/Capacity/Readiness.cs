namespace Ingress.RunPod.Capacity;

/// <summary>What the sampler knows. Immutable; replaced as a whole.</summary>
/// <param name="Sample">The last good sample, or null before the first.</param>
/// <param name="Fault">What stands against using it.</param>
/// <param name="Error">What is wrong and what to do, for an operator; null when nothing is.</param>
internal sealed record Readiness(HealthSample? Sample, SampleFault Fault, string? Error)
{
    /// <summary>Gets its number: what has a higher one is newer.</summary>
    public int Version { get; init; }

    /// <summary>Gets the knowledge of a service that has just started.</summary>
    public static Readiness Unknown { get; } = new(null, SampleFault.None, null);
}
