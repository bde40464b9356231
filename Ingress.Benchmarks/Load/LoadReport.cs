using System.Globalization;
using System.Text;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Load;

/// <summary>Writes what <see cref="LoadCommand"/> has measured as Markdown.</summary>
internal static class LoadReport
{
    public static string Conditions()
    {
        var pinned = ChildProcess.CanPin ? "server pinned to core 0, client to core 1" : "nothing pinned: taskset is missing, or there is one core only";
        return $"{Machine.Describe()} {pinned}.\n";
    }

    /// <summary>Writes the tables.</summary>
    public static string Write(IReadOnlyList<LoadRun> runs)
    {
        var text = new StringBuilder();
        var busy = runs.Where(static run => run.Scenario.Kind != LoadKind.Idle).ToArray();
        if (busy.Length > 0)
        {
            text.AppendLine(Rates(busy)).AppendLine(Ratios(busy));
        }

        var idle = runs.Where(static run => run.Scenario.Kind == LoadKind.Idle).ToArray();
        if (idle.Length > 0)
        {
            text.AppendLine(Memory(idle));
        }

        var bad = runs.Count(static run => run.Result.Failed + run.Result.Refused > 0);
        text.AppendLine(bad == 0 ? "No request was refused and no connection failed." : $"{bad} runs had refusals or failed connections.");
        return text.ToString();
    }

    private static string Rates(LoadRun[] runs)
    {
        var table = new MarkdownTable(
            "scenario", "server", "each second, median (min to max)", "server CPU µs each", "p50 µs", "p99 µs", "client CPU %", "latest send µs");
        foreach (var group in runs.GroupBy(static run => (run.Scenario, run.IsService)))
        {
            table.Add(
                group.Key.Scenario.Name,
                group.Key.IsService ? "service" : "bare Kestrel",
                $"{Middle(group, static r => r.PerSecond)} ({MarkdownTable.Number(group.Min(static r => r.Result.PerSecond))} to {MarkdownTable.Number(group.Max(static r => r.Result.PerSecond))})",
                Middle(group, static r => r.CpuMicroseconds, "N1"),
                Middle(group, static r => r.P50Microseconds),
                Middle(group, static r => r.P99Microseconds),
                Middle(group, static r => r.ClientShare * 100),
                group.Key.Scenario.Kind == LoadKind.Open ? Middle(group, static r => r.LateMicroseconds) : "");
        }

        return table.ToString();
    }

    private static string Ratios(LoadRun[] runs)
    {
        var table = new MarkdownTable(
            "service : bare Kestrel", "rate, each round", "rate, median", "CPU each, each round", "CPU each, median", "p50, median", "p99, median");
        foreach (var group in runs.GroupBy(static run => run.Scenario))
        {
            table.Add(
                group.Key.Name,
                Each(Ratio(group, static r => r.PerSecond)),
                Text(Median.Of(Ratio(group, static r => r.PerSecond))),
                Each(Ratio(group, static r => r.CpuMicroseconds)),
                Text(Median.Of(Ratio(group, static r => r.CpuMicroseconds))),
                Text(Median.Of(Ratio(group, static r => r.P50Microseconds))),
                Text(Median.Of(Ratio(group, static r => r.P99Microseconds))));
        }

        return table.ToString();
    }

    private static string Memory(LoadRun[] runs)
    {
        var table = new MarkdownTable(
            "scenario", "server", "bytes each", "empty MiB", "in all MiB", "CPU of a core while idle %", "connections lost");
        foreach (var group in runs.GroupBy(static run => (run.Scenario, run.IsService)))
        {
            table.Add(
                group.Key.Scenario.Name,
                group.Key.IsService ? "service" : "bare Kestrel",
                Middle(group, static r => r.BytesEach),
                Middle(group, static r => r.EmptyBytes / 1048576.0),
                Middle(group, static r => r.HeldBytes / 1048576.0),
                Middle(group, static r => r.ServerShare * 100, "N1"),
                Middle(group, static r => r.Failed));
        }

        return table.ToString();
    }

    private static IEnumerable<double> Ratio(IEnumerable<LoadRun> runs, Func<LoadResult, double> value) =>
        from round in runs.GroupBy(static run => run.Round)
        let service = round.First(static run => run.IsService)
        let bare = round.First(static run => !run.IsService)
        select value(service.Result) / value(bare.Result);

    private static string Middle(IEnumerable<LoadRun> runs, Func<LoadResult, double> value, string format = "N0") =>
        Median.Of(runs.Select(run => value(run.Result))).ToString(format, CultureInfo.InvariantCulture);

    private static string Each(IEnumerable<double> ratios) => string.Join(' ', ratios.Select(Text));

    private static string Text(double ratio) => MarkdownTable.Number(ratio, "N2");
}
