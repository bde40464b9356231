namespace Ingress.RunPod.Client;

/// <summary>The <c>workers</c> of <c>/health</c>.</summary>
internal sealed record HealthWorkers(
    int Idle = 0,
    int Initializing = 0,
    int Ready = 0,
    int Running = 0,
    int Throttled = 0,
    int Unhealthy = 0);
