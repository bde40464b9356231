using System.Text.RegularExpressions;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>A page of the documentation.</summary>
/// <param name="Path">Where it is, from the repository's folder.</param>
/// <param name="Text">What it says.</param>
internal sealed partial record DocumentPage(string Path, string Text)
{
    /// <summary>Gets all pages.</summary>
    public static IReadOnlyList<DocumentPage> All { get; } =
    [
        .. Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md")
            .Append(System.IO.Path.Combine(Repository.Root, "README.md"))
            .Select(static path => new DocumentPage(System.IO.Path.GetRelativePath(Repository.Root, path), File.ReadAllText(path))),
    ];

    /// <summary>Gets the blocks between fences, each with the name that the comment above it gives.</summary>
    public IEnumerable<DocumentBlock> Blocks => Fence().Matches(Text).Select(match => new DocumentBlock(
        Path, match.Groups["kind"].Value, match.Groups["name"].Value, match.Groups["language"].Value, Dedent(match)));

    /// <summary>Gets what stands between backticks in the running text, each on one line.</summary>
    public IEnumerable<string> Spans =>
        Span().Matches(Fence().Replace(Text, string.Empty)).Select(static match => Space().Replace(match.Groups["text"].Value, " ").Trim());

    private static string Dedent(Match match) => string.Join('\n', match.Groups["text"].Value.Split('\n')
        .Select(line => line.StartsWith(match.Groups["indent"].Value, StringComparison.Ordinal) ? line[match.Groups["indent"].Length..] : line));

    [GeneratedRegex("(?:<!-- (?<kind>run|frames): (?<name>[a-z-]+) -->\n)?^(?<indent> *)```(?<language>[a-z]*)\n(?<text>.*?)^ *```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    // As Markdown has it: as many backticks behind as before, and no end of the paragraph between.
    [GeneratedRegex("(?<!`)(?<ticks>`+)(?!`)(?<text>(?:(?!\n\\s*\n).)+?)(?<!`)\\k<ticks>(?!`)", RegexOptions.Singleline)]
    private static partial Regex Span();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
