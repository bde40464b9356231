namespace Ingress.Api.Telemetry;

/// <summary>
/// Which signals go out over OTLP, by the standard <c>OTEL_*</c> variables: those that a general <c>OTEL_EXPORTER_OTLP_…</c> variable, one
/// of their own, or <c>OTEL_…_EXPORTER=otlp</c> switches on, without those that <c>OTEL_…_EXPORTER=none</c> switches off.
/// </summary>
/// <param name="IsDisabled">Whether all telemetry is off.</param>
/// <param name="Traces">The traces.</param>
/// <param name="Metrics">The metrics.</param>
/// <param name="Logs">The logs.</param>
internal sealed record OtlpSettings(bool IsDisabled, OtlpSignal Traces, OtlpSignal Metrics, OtlpSignal Logs)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";
    private static readonly string[] Signals = ["TRACES", "METRICS", "LOGS"];

    /// <summary>Reads the variables.</summary>
    /// <param name="configuration">Where they are.</param>
    /// <returns>The settings.</returns>
    public static OtlpSettings Read(IConfiguration configuration)
    {
        var names = configuration.AsEnumerable()
            .Where(static pair => pair.Value is { Length: > 0 } && pair.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .Select(static pair => pair.Key[Prefix.Length..].ToUpperInvariant())
            .ToArray();
        var all = names.Any(static name => !Signals.Any(signal => name.StartsWith(signal, StringComparison.Ordinal)));
        return new OtlpSettings(
            bool.TryParse(configuration["OTEL_SDK_DISABLED"], out var disabled) && disabled,
            Signal("TRACES"),
            Signal("METRICS"),
            Signal("LOGS"));

        OtlpSignal Signal(string signal)
        {
            var exporter = configuration[$"OTEL_{signal}_EXPORTER"];
            var isOn = string.IsNullOrWhiteSpace(exporter)
                ? all || names.Any(name => name.StartsWith(signal, StringComparison.Ordinal))
                : exporter.Contains("otlp", StringComparison.OrdinalIgnoreCase);
            return new OtlpSignal(isOn, $"{Prefix}{signal}_", configuration);
        }
    }
}
