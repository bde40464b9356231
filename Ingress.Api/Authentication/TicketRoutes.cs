using System.Globalization;
using Ingress.Api.Problems;
using Microsoft.Net.Http.Headers;

namespace Ingress.Api.Authentication;

/// <summary><c>POST /tickets</c>.</summary>
internal static class TicketRoutes
{
    /// <summary>Maps the route.</summary>
    /// <param name="routes">Where to.</param>
    public static void MapTickets(this IEndpointRouteBuilder routes) => routes.MapPost("/tickets", IssueAsync)
        .RequireAuthorization()
        .WithName("IssueTicket")
        .WithTags("client")
        .WithSummary("Gives out a ticket for one upgrade, as /ws?ticket=…, so that a browser never holds the key.")
        .Produces<IssuedTicket>()
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static async Task<IResult> IssueAsync(HttpContext context, TicketStore tickets)
    {
        if (await ClientAuthenticator.ByCredentialAsync(context) is not { } identity)
        {
            return TypedResults.Challenge();
        }

        if (!tickets.TryIssue(identity, out var ticket))
        {
            context.Response.Headers.RetryAfter = TicketStore.Lifetime.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return Problem.Result(StatusCodes.Status429TooManyRequests, "Too many tickets are out that nobody has used.");
        }

        context.Response.Headers[HeaderNames.CacheControl] = "no-store";
        return TypedResults.Ok(new IssuedTicket(ticket, (long)TicketStore.Lifetime.TotalMilliseconds));
    }
}
