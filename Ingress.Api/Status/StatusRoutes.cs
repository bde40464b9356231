using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Operations;

namespace Ingress.Api.Status;

/// <summary><c>GET /status</c>.</summary>
internal static class StatusRoutes
{
    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void MapStatus(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/status", static (PipelineOperations operations) => TypedResults.Ok(Describe(operations.Status())))
            .WithName("Status").WithTags("operations").WithSummary("The queue, the connections and RunPod at this moment.");

    private static StatusReply Describe(PipelineStatus status) => new(
        new QueueStatus(
            status.Lanes.Sum(static lane => (long)lane.Length),
            status.Lanes.Sum(static lane => lane.Bytes),
            status.Lanes.Sum(static lane => (long)lane.Capacity),
            status.Lanes.Max(AgeMs)),
        new ConnectionStatus(status.Connections, status.ConnectionLimit),
        new JobStatus(status.Lanes.Sum(static lane => lane.Backend.OwnJobs)),
        RunPod(status.Lanes[0]),
        status.Totals,
        status.Lanes.Count > 1 ? status.Lanes.ToDictionary(static lane => lane.Name, Endpoint) : null);

    private static EndpointStatus Endpoint(LaneStatus lane) => new(
        new QueueStatus(lane.Length, lane.Bytes, lane.Capacity, AgeMs(lane)),
        new JobStatus(lane.Backend.OwnJobs),
        RunPod(lane),
        lane.IsPaused);

    private static RunPodStatus RunPod(LaneStatus lane) => new(
        BackendStateNames.Of(lane.Backend.State),
        lane.Backend.FreeSlots,
        lane.Backend.Workers ?? default,
        lane.Backend.Jobs ?? default,
        lane.Backend.SampledAt,
        lane.Backend.Error);

    private static long AgeMs(LaneStatus lane) => (long)(lane.OldestAge ?? TimeSpan.Zero).TotalMilliseconds;
}
