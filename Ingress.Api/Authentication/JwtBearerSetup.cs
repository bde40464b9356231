using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Ingress.Api.Authentication;

/// <summary>Sets ASP.NET Core's own handler up from the service's section.</summary>
/// <param name="options">Valid options.</param>
internal sealed class JwtBearerSetup(IOptions<AuthOptions> options) : IConfigureNamedOptions<JwtBearerOptions>
{
    /// <inheritdoc/>
    public void Configure(JwtBearerOptions options) => Configure(JwtBearerDefaults.AuthenticationScheme, options);

    /// <inheritdoc/>
    public void Configure(string? name, JwtBearerOptions bearer)
    {
        var jwt = options.Value.Jwt;
        if (name != JwtBearerDefaults.AuthenticationScheme || !jwt.IsConfigured)
        {
            return;
        }

        bearer.Authority = jwt.Authority;
        if (!string.IsNullOrWhiteSpace(jwt.MetadataAddress))
        {
            bearer.MetadataAddress = jwt.MetadataAddress;
        }

        bearer.RequireHttpsMetadata = !IsLoopback(jwt.MetadataAddress ?? jwt.Authority);
        bearer.MapInboundClaims = false;
        bearer.TokenValidationParameters.ValidAudiences = [.. jwt.Audiences];
        bearer.TokenValidationParameters.ClockSkew = jwt.ClockSkew;
        if (jwt.Issuers.Any())
        {
            bearer.TokenValidationParameters.ValidIssuers = [.. jwt.Issuers];
        }

        if (jwt.SigningKeys.Count > 0)
        {
            bearer.TokenValidationParameters.IssuerSigningKeys = [.. jwt.SigningKeys.Select(Key)];
        }

        bearer.Events = new JwtBearerEvents
        {
            OnMessageReceived = static message =>
            {
                message.Token = Credential.Bearer(message.Request);
                return Task.CompletedTask;
            },
        };
    }

    private static SymmetricSecurityKey Key(JwtSigningKeyOptions key) =>
        new(Convert.FromBase64String(key.Value ?? string.Empty)) { KeyId = key.Id };

    private static bool IsLoopback(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.IsLoopback;
}
