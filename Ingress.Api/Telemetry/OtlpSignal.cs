using System.Globalization;
using OpenTelemetry.Exporter;

namespace Ingress.Api.Telemetry;

/// <summary>One signal's way out.</summary>
/// <param name="isOn">Whether it goes out.</param>
/// <param name="prefix">What its own variables begin with.</param>
/// <param name="configuration">Where they are.</param>
internal sealed class OtlpSignal(bool isOn, string prefix, IConfiguration configuration)
{
    /// <summary>Gets whether the signal goes out.</summary>
    public bool IsOn => isOn;

    /// <summary>
    /// Lets the signal's own variables win over the general ones, which the exporter has read itself. (It reads both only where it is
    /// added for all signals at once, which leaves no choice between them.)
    /// </summary>
    /// <param name="options">The exporter's options.</param>
    public void Apply(OtlpExporterOptions options)
    {
        if (Value("PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (Uri.TryCreate(Value("ENDPOINT"), UriKind.Absolute, out var endpoint))
        {
            options.Endpoint = endpoint;
        }

        if (Value("HEADERS") is { } headers)
        {
            options.Headers = headers;
        }

        if (Value("COMPRESSION") is { } compression)
        {
            options.Compression = compression == "gzip" ? OtlpExportCompression.GZip : OtlpExportCompression.None;
        }

        if (int.TryParse(Value("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            options.TimeoutMilliseconds = milliseconds;
        }
    }

    private string? Value(string name) => configuration[prefix + name] is { Length: > 0 } value ? value : null;
}
