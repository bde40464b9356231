namespace Ingress.Pipeline.Queueing;

/// <summary>The bounds of the queues. Each endpoint has a queue of its own with these bounds.</summary>
public sealed class QueueOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Queue";

    /// <summary>Gets or sets the most requests that may wait.</summary>
    /// <value>1 to 10,000,000. The default is 10,000.</value>
    public int Capacity { get; set; } = 10_000;

    /// <summary>Gets or sets the most payload bytes that may wait.</summary>
    /// <value>1 to 1 TiB. The default is 256 MiB.</value>
    public long MaxBytes { get; set; } = 256L << 20;

    /// <summary>Gets or sets the most requests that one connection may have waiting and running.</summary>
    /// <value>1 to 10,000,000. The default is 64.</value>
    public int MaxPendingPerConnection { get; set; } = 64;

    /// <summary>
    /// Gets or sets the most requests that one principal (key, token subject or, without either, address) may have waiting and running
    /// over all its connections.
    /// </summary>
    /// <value>1 to 10,000,000, or null for no limit of its own. The default is null.</value>
    public int? MaxPendingPerPrincipal { get; set; }

    /// <summary>Gets or sets the longest wait; a request that waited longer ends as expired.</summary>
    /// <value>1 ms to 7 days. The default is 10 minutes.</value>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromMinutes(10);
}
