namespace Ingress.RunPod;

/// <summary>
/// RunPod's limits per endpoint, <c>RunPod:Limits</c>. The defaults are what RunPod grants whatever the number of workers; raise them
/// only to what RunPod has granted, since a client above its limit is answered 429.
/// </summary>
public sealed class RunPodLimitOptions
{
    /// <summary>Gets or sets how many <c>/run</c> calls fit into 10 seconds.</summary>
    /// <value>1 to 1,000,000. The default is 1,000.</value>
    public int RunRequests { get; set; } = 1_000;

    /// <summary>Gets or sets how many <c>/run</c> calls may be open at a time.</summary>
    /// <value>1 to 100,000. The default is 200.</value>
    public int RunConcurrency { get; set; } = 200;

    /// <summary>Gets or sets how many <c>/stream</c> and <c>/status</c> calls together fit into 10 seconds.</summary>
    /// <value>10 to 1,000,000. The default is 2,000.</value>
    public int ReadRequests { get; set; } = 2_000;

    /// <summary>Gets or sets how many <c>/stream</c> and <c>/status</c> calls together may be open at a time.</summary>
    /// <value>10 to 100,000. The default is 400.</value>
    public int ReadConcurrency { get; set; } = 400;

    /// <summary>Gets or sets how many <c>/cancel</c> calls fit into 10 seconds.</summary>
    /// <value>1 to 1,000,000. The default is 100.</value>
    public int CancelRequests { get; set; } = 100;

    /// <summary>Gets or sets how many <c>/cancel</c> calls may be open at a time.</summary>
    /// <value>1 to 100,000. The default is 20.</value>
    public int CancelConcurrency { get; set; } = 20;
}
