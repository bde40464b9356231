namespace Ingress.RunPod.Simulation;

/// <summary>How many workers are in each state.</summary>
internal readonly record struct WorkerTally(int Idle, int Initializing, int Running, int Throttled, int Unhealthy);
