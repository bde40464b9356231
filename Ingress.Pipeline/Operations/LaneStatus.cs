using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Operations;

/// <summary>One endpoint's queue and backend at one moment.</summary>
/// <param name="Name">The endpoint's name.</param>
/// <param name="Length">How many requests wait.</param>
/// <param name="Bytes">How many bytes they have.</param>
/// <param name="Capacity">How many may wait.</param>
/// <param name="OldestAge">How long the oldest has waited; null when none waits.</param>
/// <param name="IsPaused">Whether an operator has stopped the forwarding.</param>
/// <param name="Backend">What is known of the backend.</param>
public sealed record LaneStatus(
    string Name, int Length, long Bytes, int Capacity, TimeSpan? OldestAge, bool IsPaused, BackendSnapshot Backend);
