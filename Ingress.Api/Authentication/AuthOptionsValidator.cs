using System.Globalization;
using Ingress.Pipeline.Configuration;
using Microsoft.Extensions.Options;

namespace Ingress.Api.Authentication;

internal sealed class AuthOptionsValidator : IValidateOptions<AuthOptions>
{
    private const string Hidden = "(not shown)";
    private const int DigestLength = 64;
    private const int MinimumKeyBytes = 32;

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        var rules = new OptionRules(AuthOptions.SectionName);
        CheckDigests(rules, nameof(options.ApiKeys), options.ApiKeys);
        CheckDigests(rules, nameof(options.AdminKeys), options.AdminKeys);
        var jwt = options.Jwt;
        var path = nameof(options.Jwt);
        CheckUrl(rules, $"{path}:{nameof(jwt.Authority)}", jwt.Authority);
        CheckUrl(rules, $"{path}:{nameof(jwt.MetadataAddress)}", jwt.MetadataAddress);
        rules.Range($"{path}:{nameof(jwt.ClockSkew)}", jwt.ClockSkew, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        if (jwt.IsConfigured)
        {
            rules.Require(
                jwt.Audiences.Any(),
                $"{path}:{nameof(jwt.Audience)}",
                jwt.Audience,
                "must be set, since a token made for any other service of the same issuer would open this one");
        }

        for (var i = 0; i < jwt.SigningKeys.Count; i++)
        {
            CheckSigningKey(rules, $"{path}:{nameof(jwt.SigningKeys)}:{i}:{nameof(JwtSigningKeyOptions.Value)}", jwt.SigningKeys[i].Value);
        }

        if (jwt.SigningKeys.Count > 0 && string.IsNullOrWhiteSpace(jwt.Authority) && string.IsNullOrWhiteSpace(jwt.MetadataAddress))
        {
            rules.Require(
                jwt.Issuers.Any(), $"{path}:{nameof(jwt.ValidIssuer)}", jwt.ValidIssuer, "must be set where no authority tells the issuer");
        }

        return rules.ToResult();
    }

    // What stands here may be a key by mistake, so it is not shown.
    private static void CheckDigests(OptionRules rules, string key, IList<string> digests)
    {
        for (var i = 0; i < digests.Count; i++)
        {
            rules.Require(
                digests[i] is { Length: DigestLength } digest && digest.All(char.IsAsciiHexDigit),
                string.Create(CultureInfo.InvariantCulture, $"{key}:{i}"),
                Hidden,
                "must be the SHA-256 digest of a key, 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum");
        }
    }

    private static void CheckUrl(OptionRules rules, string key, string? value) => rules.Require(
        string.IsNullOrWhiteSpace(value)
            || (Uri.TryCreate(value, UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))),
        key,
        value,
        "must be an absolute https URL; http only on this machine");

    private static void CheckSigningKey(OptionRules rules, string key, string? value)
    {
        var bytes = new byte[(value?.Length ?? 0) + 1];
        rules.Require(
            Convert.TryFromBase64String(value ?? string.Empty, bytes, out var length) && length >= MinimumKeyBytes,
            key,
            Hidden,
            "must be at least 32 bytes in base64");
    }
}
