using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Start;

/// <summary>
/// How long the service takes from the start of its process to the first acknowledgement, and what it holds when idle: for builds beside
/// each other, and for set-ups of the runtime. Cases take turns in each round, after a round that only warms the machine's caches.
/// </summary>
internal static class StartCommand
{
    private static readonly int[] Cores = [1, 2];

    /// <summary>Runs it and prints Markdown.</summary>
    /// <param name="args">The options.</param>
    public static async Task<int> RunAsync(Arguments args)
    {
        var builds = (args.List("builds") ?? [$"beside this={Path.Combine(AppContext.BaseDirectory, "Ingress.Api.dll")}"])
            .Select(static build => build.Split('=', 2)).ToArray();
        if (!OperatingSystem.IsLinux() || builds.Any(static build => build.Length != 2 || !File.Exists(build[1])))
        {
            await Console.Error.WriteLineAsync("Needs Linux, and each of --builds NAME=PATH of an Ingress.Api.dll that is there.");
            return 64;
        }

        await Console.Out.WriteLineAsync(Machine.Describe());
        var cases = Cases(builds, args.Text("settings", "own") == "all" ? RuntimeSetting.Others : []).ToArray();
        var runs = new List<StartRun>();
        for (var round = 0; round <= args.Number("rounds", 5); round++)
        {
            foreach (var each in cases)
            {
                var run = Starter.Measure(each);
                await Console.Error.WriteLineAsync($"round {round} {each.Build}, {each.Cores} cores, {each.Setting.Name}: {run.FirstAcknowledgement.TotalMilliseconds:N0} ms");
                if (round > 0)
                {
                    runs.Add(run);
                }
            }
        }

        await Console.Out.WriteLineAsync(Report(cases, runs));
        return 0;
    }

    // Every build as it is, and the last one with other set-ups.
    private static IEnumerable<StartCase> Cases(string[][] builds, IReadOnlyList<RuntimeSetting> others) => Cores.SelectMany(cores => builds
        .Select(build => new StartCase(build[0], build[1], cores, RuntimeSetting.Own))
        .Concat(others.Select(setting => new StartCase(builds[^1][0], builds[^1][1], cores, setting))));

    private static string Report(StartCase[] cases, List<StartRun> runs)
    {
        var table = new MarkdownTable(
            "build", "folder MiB", "cores", "runtime", "first acknowledgement ms, median (min to max)", "of the first row's", "CPU s until then",
            "idle MiB", $"with {Starter.Sessions:N0} idle sessions MiB");
        foreach (var each in cases)
        {
            var own = runs.Where(run => run.Case == each).ToArray();
            var times = own.Select(static run => run.FirstAcknowledgement.TotalMilliseconds).ToArray();
            var first = runs.Where(run => run.Case == cases.First(other => other.Cores == each.Cores)).Select(static run => run.FirstAcknowledgement.TotalMilliseconds);
            table.Add(
                each.Build, Mebibytes(each.FolderBytes), $"{each.Cores}", each.Setting.Name,
                $"{MarkdownTable.Number(Median.Of(times))} ({MarkdownTable.Number(times.Min())} to {MarkdownTable.Number(times.Max())})",
                MarkdownTable.Number(Median.Of(times) / Median.Of(first), "N2"),
                MarkdownTable.Number(Median.Of(own.Select(static run => run.CpuSeconds)), "N2"),
                Mebibytes(Median.Of(own.Select(static run => (double)run.IdleBytes))),
                Mebibytes(Median.Of(own.Select(static run => (double)run.HeldBytes))));
        }

        return table.ToString();
    }

    private static string Mebibytes(double bytes) => MarkdownTable.Number(bytes / (1 << 20), "N1");
}
