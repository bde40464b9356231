using System.Globalization;

namespace Ingress.Benchmarks.Reporting;

/// <summary>A table as Markdown writes it.</summary>
/// <param name="heads">The heads of its columns.</param>
internal sealed class MarkdownTable(params string[] heads)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public override string ToString() =>
        string.Join('\n', new[] { Line(heads), Line([.. heads.Select(static _ => "---")]) }.Concat(_rows.Select(Line))) + "\n";

    public static string Number(double value, string format = "N0") => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells)} |";
}
