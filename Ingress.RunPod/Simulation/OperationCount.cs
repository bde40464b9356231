namespace Ingress.RunPod.Simulation;

/// <summary>A copy of <see cref="OperationStats"/>.</summary>
internal readonly record struct OperationCount(SimulatedOperation Operation, long Calls, int Open, int PeakOpen, long TooMany, long Faults);
