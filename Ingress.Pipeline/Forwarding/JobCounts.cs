namespace Ingress.Pipeline.Forwarding;

/// <summary>A backend's jobs by state, over all its clients.</summary>
/// <param name="Completed">Counter.</param>
/// <param name="Failed">Counter.</param>
/// <param name="InProgress">Gauge.</param>
/// <param name="InQueue">Gauge.</param>
/// <param name="Retried">Counter.</param>
public readonly record struct JobCounts(long Completed, long Failed, int InProgress, int InQueue, long Retried);
