namespace Ingress.Tests.Telemetry;

/// <summary>A line of the log as it came over OTLP.</summary>
internal sealed record OtlpLog(string TraceId, string SpanId, string Severity, string Text, string Event)
{
    /// <summary>Reads the lines of an export.</summary>
    public static IEnumerable<OtlpLog> Read(ProtoReader export) => export.Below(1, 2, 2).Select(static line => new OtlpLog(
        line.Hex(9), line.Hex(10), line.Text(3), ProtoReader.Value(line.All(5).FirstOrDefault()), line.Text(12)));
}
