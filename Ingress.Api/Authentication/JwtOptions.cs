namespace Ingress.Api.Authentication;

/// <summary>Which JSON web tokens may connect; the names are those of ASP.NET Core's own settings.</summary>
public sealed class JwtOptions
{
    /// <summary>Gets or sets the issuer whose OpenID configuration tells the keys.</summary>
    /// <value>An https URL; http on this machine. No default.</value>
    public string? Authority { get; set; }

    /// <summary>Gets or sets where the OpenID configuration is, when not below the authority.</summary>
    /// <value>An https URL; http on this machine. No default.</value>
    public string? MetadataAddress { get; set; }

    /// <summary>Gets or sets the audience that a token must be for.</summary>
    public string? Audience { get; set; }

    /// <summary>Gets further audiences.</summary>
    public IList<string> ValidAudiences { get; } = [];

    /// <summary>Gets or sets the issuer that a token must come from, when it is not the one of the OpenID configuration.</summary>
    public string? ValidIssuer { get; set; }

    /// <summary>Gets further issuers.</summary>
    public IList<string> ValidIssuers { get; } = [];

    /// <summary>Gets the keys that tokens are signed with, where there is no OpenID configuration to tell them.</summary>
    public IList<JwtSigningKeyOptions> SigningKeys { get; } = [];

    /// <summary>Gets or sets how far the clocks of issuer and service may be apart.</summary>
    /// <value>0 to 10 minutes. The default is 30 s.</value>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets whether tokens are taken at all.</summary>
    public bool IsConfigured => !string.IsNullOrWhiteSpace(Authority) || !string.IsNullOrWhiteSpace(MetadataAddress) || SigningKeys.Count > 0;

    /// <summary>Gets all audiences.</summary>
    internal IEnumerable<string> Audiences => ValidAudiences.Prepend(Audience).Where(static a => !string.IsNullOrWhiteSpace(a)).OfType<string>();

    /// <summary>Gets all issuers that are named here.</summary>
    internal IEnumerable<string> Issuers => ValidIssuers.Prepend(ValidIssuer).Where(static i => !string.IsNullOrWhiteSpace(i)).OfType<string>();
}
