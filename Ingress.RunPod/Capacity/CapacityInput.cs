namespace Ingress.RunPod.Capacity;

/// <summary>What the room for another job depends on.</summary>
/// <param name="Sample">The last good sample, or null before the first.</param>
/// <param name="Age">How old it is.</param>
/// <param name="Fault">What stands against using it.</param>
/// <param name="Own">Own jobs outstanding now, from the reservation of their slot to the news of their end.</param>
/// <param name="Waiting">Requests that wait in our own queue.</param>
internal readonly record struct CapacityInput(HealthSample? Sample, TimeSpan Age, SampleFault Fault, int Own, int Waiting)
{
    /// <summary>Gets for how long more workers have been wanted without one more having come up or begun to start.</summary>
    public TimeSpan WantedFor { get; init; }
}
