namespace Ingress.Benchmarks.Scaling;

/// <summary>What was seen at one time.</summary>
internal readonly record struct Moment(
    TimeSpan At, int Waiting, int InQueue, int InProgress, int Running, int Initializing, int Idle, int? FreeSlots, int Completed)
{
    /// <summary>Gets the jobs that would have to be cancelled if every client left now.</summary>
    public int AtEndpoint => InQueue + InProgress;
}
