using Ingress.Pipeline.Configuration;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Connections;

internal sealed class ConnectionOptionsValidator : IValidateOptions<ConnectionOptions>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    public ValidateOptionsResult Validate(string? name, ConnectionOptions options)
    {
        var rules = new OptionRules(ConnectionOptions.SectionName)
            .Range(nameof(options.MaxMessageBytes), options.MaxMessageBytes, 1, ConnectionOptions.BackendPayloadLimit)
            .Range(nameof(options.MaxConnections), options.MaxConnections, 1, 10_000_000)
            .Range(nameof(options.KeepAliveInterval), options.KeepAliveInterval, TimeSpan.Zero, Hour)
            .Range(nameof(options.KeepAliveTimeout), options.KeepAliveTimeout, Millisecond, Hour)
            .Range(nameof(options.SendTimeout), options.SendTimeout, Millisecond, Hour)
            .Range(nameof(options.MaxOutboundBytes), options.MaxOutboundBytes, 1 << 10, 1L << 30)
            .Range(nameof(options.MaxBufferedBytes), options.MaxBufferedBytes ?? 1L << 30, 1L << 20, 1L << 40);
        for (var i = 0; i < options.AllowedOrigins.Count; i++)
        {
            var origin = options.AllowedOrigins[i];
            rules.Require(
                origin == "*" || IsOrigin(origin),
                $"{nameof(options.AllowedOrigins)}:{i}",
                origin,
                "must be '*' or an origin such as https://chat.example.com, without path");
        }

        return rules.ToResult();
    }

    private static bool IsOrigin(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.PathAndQuery == "/" && !value.EndsWith('/') && uri.UserInfo.Length == 0;
}
