using System.Security.Claims;
using System.Text.Encodings.Web;
using Ingress.Api.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Ingress.Api.Authentication;

/// <summary>Takes a key of the configuration or, where they are configured, a token that ASP.NET Core's own handler accepts.</summary>
internal sealed class IngressAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    KeyRing keys,
    IOptions<AuthOptions> auth) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Credential.Bearer(Request) is not { } given)
        {
            return AuthenticateResult.NoResult();
        }

        if (keys.TryFind(given, out var principal, out var isOperator))
        {
            return AuthenticateResult.Success(Ticket(principal, isOperator, null));
        }

        if (!auth.Value.Jwt.IsConfigured)
        {
            return AuthenticateResult.Fail("The key is unknown.");
        }

        var token = await Context.AuthenticateAsync(JwtBearerDefaults.AuthenticationScheme);
        return token.Succeeded && token.Principal.FindFirstValue("sub") is { Length: > 0 } subject
            ? AuthenticateResult.Success(Ticket($"sub:{subject}", isOperator: false, token.Properties?.ExpiresUtc))
            : AuthenticateResult.Fail("Neither a known key nor a valid token.");
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return Problem.WriteAsync(Context, StatusCodes.Status401Unauthorized, "A valid key or token is needed: Authorization: Bearer.");
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problem.WriteAsync(Context, StatusCodes.Status403Forbidden, "This key may connect, but not operate the service.");

    private AuthenticationTicket Ticket(string principal, bool isOperator, DateTimeOffset? expiresAt)
    {
        var identity = new ClaimsIdentity([new Claim(IngressClaims.Principal, principal)], Scheme.Name);
        if (isOperator)
        {
            identity.AddClaim(new Claim(ClaimTypes.Role, IngressClaims.Operator));
        }

        return new AuthenticationTicket(
            new ClaimsPrincipal(identity), new AuthenticationProperties { ExpiresUtc = expiresAt }, Scheme.Name);
    }
}
