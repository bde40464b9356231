using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ingress.Tests.Support;
using Ingress.Tests.Telemetry;

namespace Ingress.Tests.Client;

/// <summary>
/// The panels that ask for traces and lines: no store for either runs in a test, so their queries are read with Grafana's grammars, and
/// what they look for is held against what the service sends over OTLP. deploy/check-traces-and-logs asks a real Tempo and a real Loki;
/// deploy/check-dashboards asks a real Prometheus the others.
/// </summary>
[TestFixture, NonParallelizable]
internal sealed partial class DashboardQueryTests
{
    // What Grafana puts in for a variable that is left as it is.
    private static readonly Dictionary<string, string> Variables = new() { ["$request_id"] = ".*", ["$outcome"] = ".*" };

    private Collector _collector = null!; // there before the first test

    [OneTimeSetUp]
    public async Task LiveThroughEverything()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        _collector = await Collector.StartAsync();
        await using (await LivelyRun.StartAsync(_collector, limit.Token))
        {
        }
    }

    [OneTimeTearDown]
    public ValueTask StopTheCollector() => _collector.DisposeAsync();

    [Test, CancelAfter(60_000)]
    public async Task TraceAndLogQueries_AreWellFormedAndLookForWhatIsSent(CancellationToken cancellationToken)
    {
        var node = await NodeFolder.GetAsync(cancellationToken);
        Query[] queries = [.. Queries()];
        queries.Select(static query => query.Language).Distinct().Should().BeEquivalentTo("traceql", "logql");
        foreach (var (query, read) in queries.Zip(await ReadAsync(node, queries, cancellationToken)))
        {
            read.GetProperty("isWellFormed").GetBoolean().Should().BeTrue(query.Text);
            Field[] fields = [.. read.GetProperty("fields").EnumerateArray().Select(static field => new Field(field.GetProperty("name").GetString()!, field.GetProperty("value").GetString()))];
            fields.Should().NotBeEmpty(query.Text);
            var isFound = query.Language == "traceql"
                ? _collector.Spans.Any(span => fields.All(field => Fits(span, field)))
                : _collector.Logs.Any(line => fields.All(field => Fits(line, field)));
            isFound.Should().BeTrue("something sent is to be found by {0}", query.Text);
        }
    }

    [Test]
    public void Outcomes_OfferedToChooseFrom_HaveThoseThatSpansCarry()
    {
        var offered = Dashboards().SelectMany(static dashboard => dashboard.GetProperty("templating").GetProperty("list").EnumerateArray())
            .Single(static variable => variable.GetProperty("name").GetString() == "outcome").GetProperty("query").GetString()!.Split(',');

        _collector.Spans.Select(static span => span.Attributes.GetValueOrDefault("ingress.outcome")).OfType<string>().Distinct()
            .Should().HaveCountGreaterThan(3).And.BeSubsetOf(offered);
    }

    // Tempo keeps a resource's, a span's and its own fields apart by their prefix.
    private static bool Fits(OtlpSpan span, Field field) => field.Name switch
    {
        "name" => span.Name == field.Value,
        "resource.service.name" => span.Service == field.Value,
        _ => field.Name.StartsWith("span.", StringComparison.Ordinal) && span.Attributes.TryGetValue(field.Name["span.".Length..], out var value)
            && (field.Value is null || Regex.IsMatch(value, field.Value)),
    };

    // Loki makes the resource's service.name its label service_name, and a line's trace id its metadata trace_id.
    private static bool Fits(OtlpLog line, Field field) => field.Name switch
    {
        "service_name" => line.Service == field.Value,
        "trace_id" => line.TraceId.Length == 32,
        _ => false,
    };

    private static IEnumerable<Query> Queries()
    {
        var targets =
            from dashboard in Dashboards()
            from panel in dashboard.GetProperty("panels").EnumerateArray()
            where panel.TryGetProperty("targets", out _)
            from target in panel.GetProperty("targets").EnumerateArray()
            let store = target.GetProperty("datasource").GetProperty("type").GetString()
            where store != "prometheus"
            select new Query(store == "tempo" ? "traceql" : "logql", target.GetProperty(store == "tempo" ? "query" : "expr").GetString()!);
        var fromTraceToLog = LogQuery().Match(File.ReadAllText(Path.Combine(Repository.Root, "deploy/grafana/provisioning/datasources.yaml"))).Groups[1].Value;
        // A trace's id alone is not TraceQL; Grafana then asks for the trace.
        return targets.Where(static query => query.Text != "$trace_id").Append(new Query("logql", fromTraceToLog));
    }

    private static IEnumerable<JsonElement> Dashboards() => Directory.GetFiles(Path.Combine(Repository.Root, "deploy/grafana/dashboards"), "*.json")
        .Select(static file => JsonElement.Parse(File.ReadAllText(file)));

    private static async Task<IEnumerable<JsonElement>> ReadAsync(NodeFolder node, Query[] queries, CancellationToken cancellationToken)
    {
        var filledIn = queries.Select(static query => new JsonObject
        {
            ["language"] = query.Language,
            ["text"] = Variables.Aggregate(query.Text, static (text, variable) => text.Replace(variable.Key, variable.Value, StringComparison.Ordinal)),
        });
        var file = Path.Combine(node.Path, "queries.json");
        await File.WriteAllTextAsync(file, new JsonArray([.. filledIn]).ToJsonString(), cancellationToken);
        var said = await node.NodeAsync(cancellationToken, "queries.mjs", file);
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line));
    }

    [GeneratedRegex("""^\s*query: '(.+)'$""", RegexOptions.Multiline)]
    private static partial Regex LogQuery();

    private sealed record Query(string Language, string Text);

    private sealed record Field(string Name, string? Value);
}
