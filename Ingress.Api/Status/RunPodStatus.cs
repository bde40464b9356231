using System.Text.Json.Serialization;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Api.Status;

/// <summary>What is known of a RunPod endpoint.</summary>
/// <param name="State">The state in one word, in snake case.</param>
/// <param name="FreeSlots">How many more jobs may be handed over now.</param>
/// <param name="Workers">The workers as last sampled; all 0 before the first sample.</param>
/// <param name="Jobs">The jobs of all clients as last sampled; all 0 before the first sample.</param>
/// <param name="SampledAt">When that was; null before the first sample.</param>
/// <param name="Error">What is wrong and what to do; absent when nothing is.</param>
internal sealed record RunPodStatus(
    string State,
    int FreeSlots,
    WorkerCounts Workers,
    JobCounts Jobs,
    DateTimeOffset? SampledAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error);
