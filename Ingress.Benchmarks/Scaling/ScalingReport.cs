using System.Globalization;
using System.Text;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Scaling;

/// <summary>Writes the study as Markdown.</summary>
internal static class ScalingReport
{
    /// <summary>When all clients might leave.</summary>
    private static readonly TimeSpan Leaving = TimeSpan.FromSeconds(15);

    private static readonly int[] ShownSeconds = [0, 1, 5, 10, 12, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 135, 150];

    public static string Write(IReadOnlyList<Trial> trials)
    {
        var text = new StringBuilder("## Summary\n\n").AppendLine(Summary(trials));
        foreach (var trial in trials.Where(static trial => trial.Kind != GateKind.WaitsForIdle))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"## {Name(trial.Kind)}, {trial.Setting.Name}\n").AppendLine(Course(trial));
        }

        var naive = trials.FirstOrDefault(static trial => trial.Kind == GateKind.WaitsForIdle);
        if (naive is not null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"## {Name(naive.Kind)}, {naive.Setting.Name}; the same under the other scalers\n");
            text.AppendLine(Course(naive));
        }

        return text.ToString();
    }

    public static string Name(GateKind kind) => kind switch
    {
        GateKind.Service => "the service",
        GateKind.WaitsForIdle => "waits for an idle worker",
        _ => "forwards everything",
    };

    private static string Summary(IReadOnlyList<Trial> trials)
    {
        var table = new MarkdownTable(
            "scaler", "gate", "first output s", "all done s", "most workers", "worker-seconds billed", "jobs to cancel if all clients left at 15 s", "of these waiting at RunPod");
        foreach (var trial in trials)
        {
            var leaving = trial.At(Leaving);
            table.Add(
                trial.Setting.Name,
                Name(trial.Kind),
                Seconds(trial.FirstOutput),
                Seconds(trial.AllDone),
                MarkdownTable.Number(trial.Moments.Max(static moment => moment.Running)),
                MarkdownTable.Number(trial.Billed.TotalSeconds),
                MarkdownTable.Number(leaving.AtEndpoint),
                MarkdownTable.Number(leaving.InQueue));
        }

        return table.ToString();
    }

    private static string Course(Trial trial)
    {
        var table = new MarkdownTable(
            "s", "waiting here", "waiting at RunPod", "running jobs", "workers up", "workers starting", "workers scaled down", "free slots", "done");
        var end = trial.AllDone ?? trial.Moments[^1].At;
        foreach (var second in ShownSeconds.Where(second => second <= end.TotalSeconds).Append((int)Math.Ceiling(end.TotalSeconds)).Distinct())
        {
            var moment = trial.At(TimeSpan.FromSeconds(second));
            int[] counts = [moment.Waiting, moment.InQueue, moment.InProgress, moment.Running, moment.Initializing, moment.Idle];
            var free = moment.FreeSlots is { } slots ? MarkdownTable.Number(slots) : "–";
            table.Add([MarkdownTable.Number(second), .. counts.Select(static count => MarkdownTable.Number(count)), free, MarkdownTable.Number(moment.Completed)]);
        }

        return table.ToString();
    }

    private static string Seconds(TimeSpan? time) => time is { } known ? MarkdownTable.Number(known.TotalSeconds, "N1") : "never";
}
