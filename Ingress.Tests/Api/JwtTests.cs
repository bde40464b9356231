using System.Net;
using System.Security.Cryptography;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class JwtTests
{
    private const string Issuer = "https://issuer.example";
    private const string Audience = "ingress";
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    private static readonly (string Key, string? Value)[] Settings =
    [
        ("Auth:Jwt:Audience", Audience),
        ("Auth:Jwt:ValidIssuer", Issuer),
        ("Auth:Jwt:SigningKeys:0:Value", Convert.ToBase64String(Key)),
        ("Auth:Jwt:ClockSkew", "00:00:00"),
    ];

    [Test, CancelAfter(20_000)]
    public async Task Connect_ValidToken_BelongsToTheSubjectUntilTheTokenExpires(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Settings);
        var expires = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 600);
        var token = Token(expires: expires);
        await using var client = await TestClient.ConnectAsync(
            server.WebSocketAddress, cancellationToken, configure: options => options.SetRequestHeader("Authorization", $"Bearer {token}"));
        await client.ReceiveEventAsync("session.opened", cancellationToken);

        var identity = server.Get<SessionRegistry>().All.Single().Identity;

        identity.Principal.Should().Be("sub:alice");
        identity.IsAuthenticated.Should().BeTrue();
        identity.ExpiresAt.Should().Be(expires);
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_TokenInQuery_Passes(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Settings);

        using var response = await UpgradeRequest.SendAsync(server, cancellationToken, $"?access_token={Token()}");

        response.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols);
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_BadTokens_AreRefused(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync([.. Settings, .. Keys.Settings]);
        var now = DateTimeOffset.UtcNow;
        (string Why, string Token)[] bad =
        [
            ("expired", Token(expires: now.AddMinutes(-1))),
            ("other audience", Token(audience: "other")),
            ("other issuer", Token(issuer: "https://evil.example")),
            ("no subject", Token(subject: null)),
            ("other key", Token(key: RandomNumberGenerator.GetBytes(32))),
            ("unsigned", $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{Token().Split('.')[1]}."),
            ("no token", "garbage"),
        ];

        foreach (var (why, token) in bad)
        {
            using var response = await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Authorization", $"Bearer {token}"));
            response.StatusCode.Should().Be(HttpStatusCode.Unauthorized, why);
            response.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");
        }

        using var withKey = await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Authorization", $"Bearer {Keys.Client}"));
        withKey.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols, "keys go on beside tokens");
    }

    [Test, CancelAfter(20_000)]
    public async Task Connect_TokenExpires_IsClosedAsUnauthorized(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Settings);
        var token = Token(expires: DateTimeOffset.UtcNow.AddSeconds(2));
        await using var client = await TestClient.ConnectAsync(
            server.WebSocketAddress, cancellationToken, configure: options => options.SetRequestHeader("Authorization", $"Bearer {token}"));

        ((int?)await client.ReceiveCloseAsync(cancellationToken)).Should().Be(3000);
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_AuthorityConfigured_TakesTheKeysOfItsMetadata(CancellationToken cancellationToken)
    {
        using var rsa = RSA.Create(2048);
        var signing = new RsaSecurityKey(rsa) { KeyId = "k1" };
        await using var issuer = await StartIssuerAsync(rsa);
        var authority = issuer.Urls.First();
        await using var server = await IngressServer.StartAsync(("Auth:Jwt:Authority", authority), ("Auth:Jwt:Audience", Audience));

        using var good = await UpgradeRequest.SendAsync(
            server, cancellationToken, headers: ("Authorization", $"Bearer {Sign(new SigningCredentials(signing, "RS256"), authority)}"));
        using var bad = await UpgradeRequest.SendAsync(
            server, cancellationToken, headers: ("Authorization", $"Bearer {Token(issuer: authority)}"));

        good.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols);
        bad.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Test, CancelAfter(20_000)]
    public async Task Upgrade_AuthorityAway_IsRefusedAndTheServiceGoesOn(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(
            [.. Keys.Settings, ("Auth:Jwt:Authority", "http://127.0.0.1:9"), ("Auth:Jwt:Audience", Audience)]);

        using var token = await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Authorization", $"Bearer {Token()}"));
        using var key = await UpgradeRequest.SendAsync(server, cancellationToken, headers: ("Authorization", $"Bearer {Keys.Client}"));

        token.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        key.StatusCode.Should().Be(HttpStatusCode.SwitchingProtocols);
    }

    private static string Token(
        string? subject = "alice", string issuer = Issuer, string audience = Audience, DateTimeOffset? expires = null, byte[]? key = null) =>
        Sign(new SigningCredentials(new SymmetricSecurityKey(key ?? Key), "HS256"), issuer, subject, audience, expires);

    private static string Sign(
        SigningCredentials credentials, string issuer, string? subject = "alice", string audience = Audience, DateTimeOffset? expires = null)
    {
        var end = (expires ?? DateTimeOffset.UtcNow.AddMinutes(5)).UtcDateTime;
        var claims = new Dictionary<string, object>();
        if (subject is not null)
        {
            claims["sub"] = subject;
        }

        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            Claims = claims,
            NotBefore = end.AddHours(-1),
            IssuedAt = end.AddHours(-1),
            Expires = end,
            SigningCredentials = credentials,
        });
    }

    private static async Task<WebApplication> StartIssuerAsync(RSA rsa)
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        var app = builder.Build();
        var parameters = rsa.ExportParameters(false);
        var keys = $$"""
            {"keys":[{"kty":"RSA","use":"sig","kid":"k1","n":"{{Base64UrlEncoder.Encode(parameters.Modulus)}}","e":"{{Base64UrlEncoder.Encode(parameters.Exponent)}}"}]}
            """;
        app.MapGet("/.well-known/openid-configuration", () => Results.Text(
            $$"""{"issuer":"{{app.Urls.First()}}","jwks_uri":"{{app.Urls.First()}}/keys"}""", "application/json"));
        app.MapGet("/keys", () => Results.Text(keys, "application/json"));
        await app.StartAsync();
        return app;
    }
}
