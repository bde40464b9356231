namespace Ingress.RunPod.Simulation;

/// <summary>A job's limits, from its request or from the endpoint's settings.</summary>
/// <param name="ExecutionTimeout">The longest run of one attempt.</param>
/// <param name="Ttl">The job's life, counted from its submission; it is deleted then, whatever its state.</param>
/// <param name="LowPriority">Runs only when no other job waits, and starts no worker.</param>
internal readonly record struct SimulatedPolicy(TimeSpan? ExecutionTimeout, TimeSpan? Ttl, bool LowPriority)
{
    public static readonly TimeSpan MinExecutionTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);
}
