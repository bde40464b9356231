namespace Ingress.Api.Authentication;

/// <summary>Who may come in. Nothing set means everybody.</summary>
public sealed class AuthOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Auth";

    /// <summary>Gets the SHA-256 digests, in hex, of the keys that may connect.</summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>Gets the SHA-256 digests, in hex, of the keys that may operate the service; each may connect as well.</summary>
    public IList<string> AdminKeys { get; } = [];

    /// <summary>Gets which tokens of somebody else's making are taken.</summary>
    public JwtOptions Jwt { get; } = new();

    /// <summary>Gets whether a client has to prove who it is.</summary>
    public bool IsRequired => ApiKeys.Count > 0 || AdminKeys.Count > 0 || Jwt.IsConfigured;
}
