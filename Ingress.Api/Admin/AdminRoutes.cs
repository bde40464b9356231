using Ingress.Api.Authentication;
using Ingress.Api.Hosting;
using Ingress.Api.Problems;
using Ingress.Pipeline.Operations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Admin;

/// <summary><c>/admin/…</c>: what operators may do. Not there where no key has the right.</summary>
internal static class AdminRoutes
{
    private const int DefaultLimit = 100;
    private const int HighestLimit = 10_000;

    /// <summary>Maps the routes, if a key for them is configured.</summary>
    /// <param name="routes">Where to.</param>
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        if (routes.ServiceProvider.GetRequiredService<IOptions<AuthOptions>>().Value.AdminKeys.Count == 0)
        {
            return;
        }

        var admin = routes.MapGroup("/admin").RequireAuthorization(IngressClaims.Operator).WithTags("operations")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        admin.MapGet("/requests", List)
            .WithName("ListRequests").WithSummary("Looks into the queue: what runs, then what waits, in order.")
            .Produces<RequestListReply>().ProducesProblem(StatusCodes.Status400BadRequest);
        admin.MapPost("/requests/{sessionId:guid}/{id}/cancel", Cancel)
            .WithName("CancelRequest").WithSummary("Withdraws a queued request, or cancels the running job.")
            .Produces(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status404NotFound);
        admin.MapPost("/pause", static (PipelineOperations operations, string? endpoint) => SetPaused(operations, endpoint, true))
            .WithName("Pause").WithSummary("Stops the forwarding of one endpoint or all; what runs goes on.")
            .Produces<PauseReply>().ProducesProblem(StatusCodes.Status404NotFound);
        admin.MapPost("/resume", static (PipelineOperations operations, string? endpoint) => SetPaused(operations, endpoint, false))
            .WithName("Resume").WithSummary("Goes on with the forwarding of one endpoint or all.")
            .Produces<PauseReply>().ProducesProblem(StatusCodes.Status404NotFound);
        admin.MapPost("/drain", Drain)
            .WithName("Drain").WithSummary("Drains and stops the service, as SIGTERM does.")
            .Produces(StatusCodes.Status202Accepted);
    }

    private static IResult List(PipelineOperations operations, int? limit) =>
        limit is < 1 or > HighestLimit
            ? Problem.Result(StatusCodes.Status400BadRequest, $"limit is {limit}: must be between 1 and {HighestLimit}.")
            : TypedResults.Ok(new RequestListReply(
                [.. operations.Requests(limit ?? DefaultLimit).Select(Describe)], Paused(operations)));

    private static IResult Cancel(PipelineOperations operations, Guid sessionId, string id) => operations.Cancel(sessionId, id)
        ? TypedResults.Accepted((string?)null)
        : Problem.Result(StatusCodes.Status404NotFound, "No live request has this session and id.");

    private static IResult SetPaused(PipelineOperations operations, string? endpoint, bool paused) => operations.SetPaused(endpoint, paused)
        ? TypedResults.Ok(new PauseReply(Paused(operations)))
        : Problem.Result(StatusCodes.Status404NotFound, "No endpoint has this name.");

    private static Accepted Drain(StopRequests stops)
    {
        stops.AskOnce();
        return TypedResults.Accepted((string?)null);
    }

    private static string[] Paused(PipelineOperations operations) =>
        [.. operations.Status().Lanes.Where(static lane => lane.IsPaused).Select(static lane => lane.Name)];

    private static AdminRequest Describe(QueuedRequest request) => new(
        request.SessionId,
        request.Id,
        request.Principal,
        request.Endpoint,
        request.State,
        request.Position,
        request.Bytes,
        (long)request.Age.TotalMilliseconds,
        request.WaitReason,
        request.JobId);
}
