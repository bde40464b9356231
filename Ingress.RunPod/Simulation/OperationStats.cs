namespace Ingress.RunPod.Simulation;

/// <summary>What one operation of one endpoint has seen. Written with the endpoint's lock held.</summary>
internal sealed class OperationStats
{
    public long Calls { get; set; }

    /// <summary>Gets or sets how many calls are being answered now.</summary>
    public int Open { get; set; }

    /// <summary>Gets or sets the most calls that were being answered at once.</summary>
    public int PeakOpen { get; set; }

    /// <summary>Gets or sets how many calls got 429.</summary>
    public long TooMany { get; set; }

    /// <summary>Gets or sets how many calls a fault hit.</summary>
    public long Faults { get; set; }
}
