using System.Diagnostics.Metrics;
using System.Reflection;
using Ingress.Api.Hosting;
using Ingress.Pipeline.Operations;
using Ingress.RunPod;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Telemetry;

/// <summary>Holds docs/telemetry.md to what the service really publishes, in both directions.</summary>
[TestFixture, NonParallelizable]
internal sealed class DocumentationTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "telemetry.md"));

    [Test, CancelAfter(30_000)]
    public async Task Metrics_PublishedAndDocumented_AreTheSame(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();
        cancellationToken.ThrowIfCancellationRequested();
        var own = server.Get<IMeterFactory>();
        var published = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == own && instrument.Meter.Name == "Ingress")
                {
                    instrument.Description.Should().NotBeNullOrEmpty(instrument.Name);
                    published.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
                }
            },
        };
        listener.Start();

        published.Should().BeEquivalentTo(Table("Instrument").Select(static row => $"{row[0]} {row[1]} {row[2]}"));
    }

    [Test, CancelAfter(30_000)]
    public async Task Metrics_OfALivelyRun_HaveTheAttributesAndPrometheusNamesDocumented(CancellationToken cancellationToken)
    {
        await using var collector = await Collector.StartAsync();
        await using var server = await LivelyRun.StartAsync(collector, cancellationToken);
        string[] late = ["ingress.gpu.wasted.duration", "ingress.requests.rejected"];
        await collector.UntilAsync(each => late.All(each.Metrics.ContainsKey), cancellationToken);
        var scraped = await server.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);

        var rows = Table("Instrument").ToDictionary(static row => row[0], static row => row);
        var told = collector.Metrics.Values.Where(metric => rows.ContainsKey(metric.Name)).ToArray();
        told.Select(static metric => metric.Name).Should().BeEquivalentTo(rows.Keys, "a lively run moves every instrument");
        foreach (var metric in told)
        {
            var row = rows[metric.Name];
            metric.Kind.Should().Be(row[1], metric.Name);
            metric.Tags.SelectMany(static tags => tags.Keys).Distinct().Should().BeSubsetOf(row[3].Split(", "), metric.Name);
            row[4].Should().Be(PrometheusName(metric), "this is how collectors and Prometheus convert the name");
            scraped.Should().Contain($"# TYPE {row[4]} ", "a scrape has the same name");
            if (metric.Kind == "histogram")
            {
                metric.Bounds.Should().HaveCountGreaterThan(10).And.NotContain(7500, "the defaults are for milliseconds");
            }
        }
    }

    [Test, CancelAfter(30_000)]
    public async Task Spans_OfALivelyRun_AreThoseDocumented(CancellationToken cancellationToken)
    {
        await using var collector = await Collector.StartAsync();
        await using (await LivelyRun.StartAsync(collector, cancellationToken))
        {
        }

        var spans = collector.Spans.Where(static span => !span.Name.StartsWith("GET /ws", StringComparison.Ordinal)).ToArray();
        var rows = Table("Span");
        spans.Select(static span => span.Name).Distinct().Should().BeEquivalentTo(rows.Select(static row => row[0]));
        var ours = spans.Where(static span => span.Name.StartsWith("ingress", StringComparison.Ordinal));
        ours.SelectMany(static span => span.Attributes.Keys).Distinct().Should()
            .BeEquivalentTo(rows.SelectMany(static row => row[2].Split(';')[0].Split(", ")).Where(static name => name.Contains('.') && name != "runpod.operation"));
    }

    [Test]
    public void LogEvents_InTheCodeAndDocumented_AreTheSame()
    {
        Assembly[] assemblies = [typeof(IngressApplication).Assembly, typeof(PipelineOperations).Assembly, typeof(RunPodOptions).Assembly];

        var events =
            from type in assemblies.SelectMany(static assembly => assembly.GetTypes())
            where type.Namespace?.StartsWith("Ingress.RunPod.Simulation", StringComparison.Ordinal) is false
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let line = method.GetCustomAttribute<LoggerMessageAttribute>()
            where line is not null
            select $"{line.EventName} {line.Level} {type.FullName}";

        events.Should().BeEquivalentTo(Table("Event").Select(static row => $"{row[0]} {row[1]} {row[2]}"));
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" or "ObservableCounter" => "counter",
        "UpDownCounter" or "ObservableUpDownCounter" => "updown",
        "Histogram" => "histogram",
        "Gauge" or "ObservableGauge" => "gauge",
        var other => other,
    };

    private static string PrometheusName(OtlpMetric metric)
    {
        var name = metric.Name.Replace('.', '_');
        var unit = metric.Unit switch { "s" => "seconds", "By" => "bytes", _ => string.Empty };
        if (unit.Length > 0 && !name.Split('_').Contains(unit))
        {
            name += "_" + unit;
        }

        return metric.Kind == "counter" ? name + "_total" : name;
    }

    // The rows of the one table whose first heading this is; code marks are left out.
    private static string[][] Table(string heading) => [.. Document.Split('\n')
        .SkipWhile(line => !line.StartsWith($"| {heading} |", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(static line => line.StartsWith('|'))
        .Select(static line => line.Replace("`", string.Empty, StringComparison.Ordinal).Split('|')[1..^1].Select(static cell => cell.Trim()).ToArray())];
}
