namespace Ingress.Tests.Telemetry;

/// <summary>A line of the log as it came over OTLP.</summary>
internal sealed record OtlpLog(string TraceId, string SpanId, string Severity, string Text, string Event, string Service)
{
    /// <summary>Reads the lines of an export.</summary>
    public static IEnumerable<OtlpLog> Read(ProtoReader export) =>
        from resource in export.All(1)
        let service = resource.All(1).Select(static each => each.Attributes(1).GetValueOrDefault("service.name")).FirstOrDefault()
        from line in resource.Below(2, 2)
        select new OtlpLog(
            line.Hex(9), line.Hex(10), line.Text(3), ProtoReader.Value(line.All(5).FirstOrDefault()), line.Text(12), service ?? string.Empty);
}
