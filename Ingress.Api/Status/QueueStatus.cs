namespace Ingress.Api.Status;

/// <summary>One queue, or all of them together.</summary>
/// <param name="Length">How many requests wait.</param>
/// <param name="Bytes">How many bytes they have.</param>
/// <param name="Capacity">How many may wait.</param>
/// <param name="OldestAgeMs">How long the oldest has waited; 0 when none waits.</param>
internal sealed record QueueStatus(long Length, long Bytes, long Capacity, long OldestAgeMs);
