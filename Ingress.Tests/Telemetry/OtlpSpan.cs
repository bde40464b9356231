namespace Ingress.Tests.Telemetry;

/// <summary>A span as it came over OTLP. Times are in nanoseconds.</summary>
internal sealed record OtlpSpan(
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    long Start,
    long End,
    bool IsError,
    string Service,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<string> Events)
{
    /// <summary>Reads the spans of an export.</summary>
    public static IEnumerable<OtlpSpan> Read(ProtoReader export) =>
        from resource in export.All(1)
        let service = resource.All(1).Select(static each => each.Attributes(1).GetValueOrDefault("service.name")).FirstOrDefault()
        from span in resource.Below(2, 2)
        select new OtlpSpan(
            span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), span.Number(7), span.Number(8),
            span.All(15).Any(static status => status.Number(3) == 2), service ?? string.Empty,
            span.Attributes(9), [.. span.All(11).Select(static each => each.Text(2))]);
}
