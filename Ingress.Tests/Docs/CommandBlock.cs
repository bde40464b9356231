using System.Text.RegularExpressions;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>Commands that a page tells its reader to type.</summary>
/// <param name="Page">The page, from the repository's folder.</param>
/// <param name="Name">What the comment above calls it; empty where there is none, as in running text.</param>
/// <param name="Text">The commands.</param>
internal sealed partial record CommandBlock(string Page, string Name, string Text)
{
    private static readonly string[] Shells = ["sh", "bash", "console"];

    /// <summary>Gets the commands one by one, without comments; a line that goes on in the next is one with it.</summary>
    public IEnumerable<string> Commands => Text.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        .Select(static line => Comment().Replace(line, string.Empty).Trim()).Where(static line => line.Length > 0);

    /// <summary>Reads all pages: blocks of commands, what follows a prompt in other blocks, and commands in running text.</summary>
    public static IReadOnlyList<CommandBlock> ReadAll() => [.. DocumentPage.All.SelectMany(static page => Fenced(page).Concat(InText(page)))];

    private static IEnumerable<CommandBlock> Fenced(DocumentPage page) => page.Blocks.SelectMany(static block => Shells.Contains(block.Language)
        ? [new CommandBlock(block.Page, block.Name, block.Text)]
        : Prompt().Matches(block.Text).Select(match => new CommandBlock(block.Page, string.Empty, match.Groups["text"].Value)));

    private static IEnumerable<CommandBlock> InText(DocumentPage page) => page.Spans
        .Where(static span => Words().IsMatch(span) || IsProgram(span)).Select(span => new CommandBlock(page.Path, string.Empty, span));

    private static bool IsProgram(string span) => !OperatingSystem.IsWindows() && File.Exists(Path.Combine(Repository.Root, span))
        && File.GetUnixFileMode(Path.Combine(Repository.Root, span)).HasFlag(UnixFileMode.UserExecute);

    // Several words of which the first, after settings for it alone, could be a program's name: whatever else looks so has to be told
    // apart by hand.
    [GeneratedRegex(@"^(?:\$ )?(?:[A-Za-z_]\w*=\S+ )*[a-z.~][\w./~+-]* \S")]
    private static partial Regex Words();

    [GeneratedRegex(@"^\$ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Prompt();

    [GeneratedRegex("""(?:^|\s+)#\s.*$""")]
    private static partial Regex Comment();
}
