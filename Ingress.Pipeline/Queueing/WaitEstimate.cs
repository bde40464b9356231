namespace Ingress.Pipeline.Queueing;

/// <summary>How long a request may still wait, from recent experience.</summary>
/// <param name="LikelyMs">The median, in milliseconds; null while unknown.</param>
/// <param name="CautiousMs">The 90th percentile, in milliseconds; null while unknown.</param>
public readonly record struct WaitEstimate(long? LikelyMs, long? CautiousMs);
