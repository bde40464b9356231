using System.Globalization;
using System.Text;

namespace Ingress.Benchmarks.Scaling;

/// <summary>Draws the study: for each scaler the workers that are up and the jobs that wait at the endpoint, a line for each gate.</summary>
internal static class ScalingPlot
{
    private const int Width = 360;
    private const int Height = 150;
    private const int Margin = 45;
    private const int PointEvery = 4;

    public static string Draw(IReadOnlyList<Trial> trials)
    {
        var settings = trials.Select(static trial => trial.Setting).Distinct().ToArray();
        var svg = new StringBuilder();
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{settings.Length * (Width + Margin) + Margin}\" height=\"{2 * (Height + Margin) + Margin}\" font-family=\"sans-serif\" font-size=\"11\">");
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        for (var i = 0; i < settings.Length; i++)
        {
            var own = trials.Where(trial => trial.Setting == settings[i]).ToArray();
            var left = Margin + (i * (Width + Margin));
            Panel(svg, left, Margin, $"workers up, {settings[i].Name}", own, static moment => moment.Running);
            Panel(svg, left, (2 * Margin) + Height, $"jobs waiting at RunPod, {settings[i].Name}", own, static moment => moment.InQueue);
        }

        Legend(svg);
        return svg.AppendLine("</svg>").ToString();
    }

    private static void Panel(StringBuilder svg, int left, int top, string title, Trial[] trials, Func<Moment, int> value)
    {
        var seconds = trials.Max(static trial => trial.Moments[^1].At.TotalSeconds);
        var most = Math.Max(1, trials.Max(trial => trial.Moments.Max(value)));
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{top - 6}\">{title}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{left}\" y=\"{top}\" width=\"{Width}\" height=\"{Height}\" fill=\"none\" stroke=\"#bbb\"/>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{left - 4}\" y=\"{top + 9}\" text-anchor=\"end\">{most}</text>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{left + Width}\" y=\"{top + Height + 13}\" text-anchor=\"end\">{seconds:N0} s</text>");
        foreach (var trial in trials)
        {
            var points = trial.Moments.Where(static (_, i) => i % PointEvery == 0).Select(moment => string.Create(
                CultureInfo.InvariantCulture,
                $"{left + (moment.At.TotalSeconds / seconds * Width):F1},{top + Height - ((double)value(moment) / most * (Height - 4)):F1}"));
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"<polyline points=\"{string.Join(' ', points)}\" fill=\"none\" stroke=\"{Colour(trial.Kind)}\" stroke-width=\"1.6\"/>");
        }
    }

    private static void Legend(StringBuilder svg)
    {
        var x = Margin;
        foreach (var kind in Enum.GetValues<GateKind>())
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{x}\" y1=\"15\" x2=\"{x + 24}\" y2=\"15\" stroke=\"{Colour(kind)}\" stroke-width=\"3\"/>");
            svg.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x + 30}\" y=\"19\">{ScalingReport.Name(kind)}</text>");
            x += 200;
        }
    }

    private static string Colour(GateKind kind) => kind switch
    {
        GateKind.Service => "#0a7d4f",
        GateKind.WaitsForIdle => "#888888",
        _ => "#c2410c",
    };
}
