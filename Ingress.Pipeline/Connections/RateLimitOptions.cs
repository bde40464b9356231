namespace Ingress.Pipeline.Connections;

/// <summary>
/// How many requests one connection may send: a token bucket. Pings, messages that are no valid request and cancels of nothing have one of their own,
/// ten times as large; who goes on when that is empty is closed. Cancels of live requests are always taken.
/// </summary>
public sealed class RateLimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "RateLimit";

    /// <summary>Gets or sets the rate at which the bucket fills, in requests per second.</summary>
    /// <value>0.001 to 1,000,000, or null for no limit. The default is null.</value>
    public double? RequestsPerSecond { get; set; }

    /// <summary>Gets or sets how many requests may come at once.</summary>
    /// <value>1 to 1,000,000, or null for one second's worth, at least 1. The default is null.</value>
    public int? Burst { get; set; }
}
