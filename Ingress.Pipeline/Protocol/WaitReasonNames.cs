using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Protocol;

/// <summary>The wire names of <see cref="WaitReason"/>.</summary>
public static class WaitReasonNames
{
    /// <summary>Gets a reason's name on the wire.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>Its name in snake case.</returns>
    public static string Of(WaitReason reason) => reason switch
    {
        WaitReason.BehindOthers => "behind_others",
        WaitReason.WorkersStarting => "workers_starting",
        WaitReason.WorkersBusy => "workers_busy",
        WaitReason.WorkersThrottled => "workers_throttled",
        WaitReason.WorkersUnhealthy => "workers_unhealthy",
        WaitReason.BackendUnavailable => "backend_unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
    };
}
