using Ingress.Pipeline.Forwarding;

namespace Ingress.RunPod.Capacity;

/// <summary>The room for further jobs.</summary>
/// <param name="Free">How many more may be handed over now. 0 or more.</param>
/// <param name="Reason">Why the next one waits, or would wait once the free room is used up.</param>
/// <param name="State">The endpoint's state.</param>
internal readonly record struct CapacityResult(int Free, WaitReason Reason, BackendState State);
