using Ingress.RunPod.Cancelling;
using Ingress.RunPod.Client;
using Ingress.RunPod.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Jobs;

/// <summary>What all followers of one endpoint share.</summary>
internal sealed record FollowContext(
    string Endpoint,
    TimeSpan StartTimeout,
    RunPodClient Client,
    CancelQueue Cancels,
    HandlerTraits Traits,
    RunPodMetrics Metrics,
    TimeProvider Time,
    ILogger<JobFollower> Logger);
