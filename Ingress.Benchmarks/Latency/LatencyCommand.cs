using Ingress.Api.Hosting;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Latency;

/// <summary>Measures inside the service what it adds to a request's way.</summary>
internal static class LatencyCommand
{
    private static readonly (string Name, Func<TimeSpan, Task<Finding>> Measure)[] Measurements =
    [
        ("warm", WarmPath.MeasureAsync),
        ("handover", JobHandover.MeasureAsync),
        ("chunks", ChunkDelay.MeasureAsync),
        ("stream", StreamRate.MeasureAsync),
        ("vanish", VanishingClients.MeasureAsync),
    ];

    /// <summary>Runs it and prints Markdown.</summary>
    public static async Task<int> RunAsync(Arguments args)
    {
        PollingThreads.Enable();
        var only = args.List("only");
        var time = TimeSpan.FromSeconds(args.Real("seconds", 10));
        var table = new MarkdownTable("what", "result", "bar", "what lies between the two ends");
        var conditions = Machine.Describe();
        foreach (var (name, measure) in Measurements.Where(each => only is null || only.Contains(each.Name)))
        {
            await Console.Error.WriteLineAsync($"{name} …");
            var finding = await measure(time);
            table.Add(finding.What, finding.Result, finding.Bar, finding.Includes);
        }

        await Console.Out.WriteLineAsync($"{conditions}\n\n{table}");
        return 0;
    }
}
