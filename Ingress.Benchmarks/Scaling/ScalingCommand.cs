using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Scaling;

/// <summary>A burst before an endpoint with no worker up, for each gate and each scaler, side by side in real time.</summary>
internal static class ScalingCommand
{
    /// <summary>Runs the study and prints Markdown.</summary>
    public static async Task<int> RunAsync(Arguments args)
    {
        var limit = TimeSpan.FromSeconds(args.Real("seconds", 150));
        var trials = (from setting in ScalerSetting.All
                      from kind in Enum.GetValues<GateKind>()
                      select new Trial(kind, setting, kind == GateKind.WaitsForIdle ? limit / 2 : limit)).ToArray();

        // Side by side: each has a simulator of its own, and all of them together hardly use a core.
        await Task.WhenAll(trials.Select(static trial => trial.RunAsync()));
        await Console.Out.WriteLineAsync($"{Machine.Describe()}\n\n{ScalingReport.Write(trials)}");
        if (args.Text("svg", "") is { Length: > 0 } path)
        {
            await File.WriteAllTextAsync(path, ScalingPlot.Draw(trials));
        }

        return 0;
    }
}
