namespace Ingress.RunPod.Capacity;

/// <summary>What stands between the last good sample and its use.</summary>
internal enum SampleFault
{
    /// <summary>Nothing: it is the latest.</summary>
    None,

    /// <summary>It is from before a quiet spell, and its successor is on the way.</summary>
    Pending,

    /// <summary>Later ones failed: nobody knows whether it still holds.</summary>
    Failed,

    /// <summary>RunPod refuses the key.</summary>
    Unauthorized,

    /// <summary>RunPod does not know the endpoint.</summary>
    NotFound,
}
