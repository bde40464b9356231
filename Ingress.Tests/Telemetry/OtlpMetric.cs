namespace Ingress.Tests.Telemetry;

/// <summary>A metric as it came over OTLP.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Description">What it means.</param>
/// <param name="Kind"><c>gauge</c>, <c>counter</c>, <c>updown</c> or <c>histogram</c>.</param>
/// <param name="Tags">The attributes of each of its points.</param>
/// <param name="Bounds">Where a histogram's buckets end.</param>
internal sealed record OtlpMetric(
    string Name, string Unit, string Description, string Kind, IReadOnlyList<IReadOnlyDictionary<string, string>> Tags, double[] Bounds)
{
    /// <summary>Reads the metrics of an export.</summary>
    public static IEnumerable<OtlpMetric> Read(ProtoReader export) => export.Below(1, 2, 2).Select(static metric =>
    {
        var points = metric.Below(9, 1).ToArray();
        var kind = metric.Has(5) ? "gauge" : metric.Has(9) ? "histogram" : metric.All(7).Any(static sum => sum.Number(3) == 1) ? "counter" : "updown";
        return new OtlpMetric(
            metric.Text(1), metric.Text(3), metric.Text(2), kind,
            [.. points.Select(static point => point.Attributes(9)), .. metric.Below(5, 1).Concat(metric.Below(7, 1)).Select(static point => point.Attributes(7))],
            points.FirstOrDefault()?.Reals(7) ?? []);
    });
}
