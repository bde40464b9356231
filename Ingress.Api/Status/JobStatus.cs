namespace Ingress.Api.Status;

/// <summary>The service's own jobs.</summary>
/// <param name="InFlight">At RunPod and not known to have ended.</param>
internal sealed record JobStatus(int InFlight);
