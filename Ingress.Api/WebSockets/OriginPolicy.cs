using Ingress.Pipeline.Connections;
using Microsoft.Extensions.Options;

namespace Ingress.Api.WebSockets;

/// <summary>
/// Tells whether a page may connect. A browser sends its cookies and reaches its network from any page, so the page's origin is all there
/// is to tell friend from foe; who sends no origin is no browser.
/// </summary>
internal sealed class OriginPolicy
{
    private readonly bool _any;
    private readonly HashSet<string> _allowed;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="options">The configured origins.</param>
    public OriginPolicy(IOptions<ConnectionOptions> options)
    {
        _any = options.Value.AllowedOrigins.Contains("*");
        _allowed = [.. options.Value.AllowedOrigins.Select(Normalise).OfType<string>()];
    }

    /// <summary>Tells whether a request may be upgraded.</summary>
    /// <param name="request">The request.</param>
    /// <returns>False where its page is not among the allowed.</returns>
    public bool Allows(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        if (origin.Count == 0 || _any)
        {
            return true;
        }

        return _allowed.Count > 0
            ? Normalise(origin.ToString()) is { } normalised && _allowed.Contains(normalised)
            : IsSame(origin.ToString(), request);
    }

    // Behind a proxy that ends TLS the request looks like http while the page is https, so http here may be either there.
    private static bool IsSame(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && (page.Scheme == Uri.UriSchemeHttps || (page.Scheme == Uri.UriSchemeHttp && !request.IsHttps))
        && Uri.TryCreate($"{page.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own)
        && string.Equals(page.Authority, own.Authority, StringComparison.OrdinalIgnoreCase);

    // The default port may be written or left out.
    private static string? Normalise(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Authority).ToUpperInvariant() : null;
}
