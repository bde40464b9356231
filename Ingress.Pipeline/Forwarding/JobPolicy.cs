namespace Ingress.Pipeline.Forwarding;

/// <summary>The limits that a client asked for, for one job.</summary>
/// <param name="ExecutionTimeoutMs">The longest time the job may run, in milliseconds; null for the configured value.</param>
/// <param name="TtlMs">The longest time from hand-over to end, in milliseconds; null for the configured value.</param>
/// <param name="LowPriority">Whether the job may wait for every other one, and starts no worker.</param>
public readonly record struct JobPolicy(long? ExecutionTimeoutMs, long? TtlMs, bool LowPriority);
