namespace Ingress.RunPod.Simulation;

/// <summary>The numbers of <c>/health</c>.</summary>
internal readonly record struct HealthCounts(int Completed, int Failed, int InProgress, int InQueue, int Retried, WorkerTally Workers);
