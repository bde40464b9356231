using System.Globalization;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Latency;

/// <summary>How times are written.</summary>
internal static class Figures
{
    public static string Describe(LatencyHistogram values) => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {values.Microseconds(0.5) / 1000:N3} ms, p99 {values.Microseconds(0.99) / 1000:N3} ms, {values.Count:N0} values");
}
