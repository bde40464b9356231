namespace Ingress.RunPod.Simulation;

/// <summary>A change of a job's state.</summary>
internal readonly record struct JobMoment(SimulatedJobState State, DateTimeOffset At, string? WorkerId);
