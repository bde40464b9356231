using System.Security.Claims;
using Ingress.Pipeline.Connections;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Authentication;

/// <summary>Tells who wants to connect.</summary>
/// <param name="tickets">The tickets that were given out.</param>
/// <param name="options">Whether anything has to be proved.</param>
internal sealed class ClientAuthenticator(TicketStore tickets, IOptions<AuthOptions> options)
{
    /// <summary>Tells who sent an upgrade request. A ticket is used up by it.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The client; null where it proves nothing and has to.</returns>
    public ValueTask<ClientIdentity?> AuthenticateAsync(HttpContext context)
    {
        if (!options.Value.IsRequired)
        {
            return new(new ClientIdentity(Address(context)));
        }

        return Credential.Ticket(context.Request) is { } ticket ? new(tickets.Redeem(ticket)) : new(ByCredentialAsync(context));
    }

    /// <summary>Tells who sent a request with a key or token.</summary>
    /// <param name="context">The request.</param>
    /// <returns>The client; null without a valid key or token.</returns>
    public static async Task<ClientIdentity?> ByCredentialAsync(HttpContext context)
    {
        var result = await context.AuthenticateAsync(IngressClaims.Scheme);
        return result.Succeeded && result.Principal.FindFirstValue(IngressClaims.Principal) is { } principal
            ? new ClientIdentity(principal, IsAuthenticated: true, result.Properties?.ExpiresUtc)
            : null;
    }

    private static string Address(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        return $"address:{(address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)}";
    }
}
