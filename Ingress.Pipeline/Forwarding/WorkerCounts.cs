namespace Ingress.Pipeline.Forwarding;

/// <summary>A backend's workers by state.</summary>
/// <param name="Idle">Placed but scaled down; can be started for a job.</param>
/// <param name="Initializing">Starting.</param>
/// <param name="Ready">Equals <paramref name="Idle"/> in every sample seen; shown, never added.</param>
/// <param name="Running">Up: working or lingering.</param>
/// <param name="Throttled">Wanted, but without a free GPU.</param>
/// <param name="Unhealthy">Crashed.</param>
public readonly record struct WorkerCounts(int Idle, int Initializing, int Ready, int Running, int Throttled, int Unhealthy);
