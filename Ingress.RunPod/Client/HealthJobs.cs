namespace Ingress.RunPod.Client;

/// <summary>The <c>jobs</c> of <c>/health</c>: three counters and two gauges that lag by some seconds.</summary>
internal sealed record HealthJobs(long Completed = 0, long Failed = 0, int InProgress = 0, int InQueue = 0, long Retried = 0);
