namespace Ingress.Api.Authentication;

/// <summary>A key that tokens are signed with.</summary>
public sealed class JwtSigningKeyOptions
{
    /// <summary>Gets or sets the key's id, <c>kid</c> in a token's header; may be left out.</summary>
    public string? Id { get; set; }

    /// <summary>Gets or sets the key, in base64: at least 32 bytes for HMAC with SHA-256.</summary>
    public string? Value { get; set; }
}
