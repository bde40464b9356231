using System.Security.Cryptography;
using System.Text;

namespace Ingress.Api.Authentication;

/// <summary>Where a request may carry its key, token or ticket, and what is kept of one.</summary>
internal static class Credential
{
    private const string BearerPrefix = "Bearer ";
    private const string AccessTokenParameter = "access_token";
    private const string TicketParameter = "ticket";

    /// <summary>Reads the key or token: the header first, else the query, since a browser can set no header on a WebSocket.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The key or token; null where there is none.</returns>
    public static string? Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var given = header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? header[BearerPrefix.Length..].Trim()
            : request.Query[AccessTokenParameter].ToString();
        return given.Length == 0 ? null : given;
    }

    /// <summary>Reads the ticket.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The ticket; null where there is none.</returns>
    public static string? Ticket(HttpRequest request) =>
        request.Query[TicketParameter].ToString() is { Length: > 0 } ticket ? ticket : null;

    /// <summary>Makes of a secret what may be kept.</summary>
    /// <param name="secret">The secret.</param>
    /// <returns>Its SHA-256 digest.</returns>
    public static byte[] Digest(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
