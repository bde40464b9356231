using System.Text.RegularExpressions;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>Commands that a page tells its reader to type.</summary>
/// <param name="Page">The page, from the repository's folder.</param>
/// <param name="Name">What the comment above calls it; empty where there is none.</param>
/// <param name="Text">The commands.</param>
internal sealed partial record CommandBlock(string Page, string Name, string Text)
{
    /// <summary>Gets the commands one by one, without comments; a line that goes on in the next is one with it.</summary>
    public IEnumerable<string> Commands => Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        .Select(static line => Comment().Replace(line, string.Empty).Trim()).Where(static line => line.Length > 0);

    /// <summary>Reads all pages.</summary>
    public static IReadOnlyList<CommandBlock> ReadAll() =>
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
            .SelectMany(static path => Fence().Matches(File.ReadAllText(path)).Select(match => new CommandBlock(
                Path.GetRelativePath(Repository.Root, path), match.Groups["name"].Value, Dedent(match)))),
    ];

    private static string Dedent(Match match) => string.Join(
        '\n', match.Groups["text"].Value.Split('\n').Select(line => line.StartsWith(match.Groups["indent"].Value, StringComparison.Ordinal) ? line[match.Groups["indent"].Length..] : line));

    [GeneratedRegex("(?:<!-- run: (?<name>[a-z-]+) -->\n)?^(?<indent> *)```(?:sh|bash|console)\n(?<text>.*?)^ *```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("""(?:^|\s+)#\s.*$""")]
    private static partial Regex Comment();
}
