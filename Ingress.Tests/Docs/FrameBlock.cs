using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>A conversation on a page.</summary>
internal sealed class FrameBlock
{
    private readonly DocumentBlock _block;

    private FrameBlock(DocumentBlock block) => _block = block;

    /// <summary>Gets what was said, marked as in a <see cref="Transcript"/>; the command that began it is left out.</summary>
    public IEnumerable<string> Lines => _block.Lines.Where(static line => !IsCommand(line)).Select(line => _block.Name switch
    {
        "terminal" => line.Replace("> ", Transcript.Sent, StringComparison.Ordinal).Replace("< ", Transcript.Received, StringComparison.Ordinal),
        "console" => Transcript.Received + line,
        _ => line,
    });

    /// <summary>Finds a conversation.</summary>
    /// <param name="name">Its name, which only one has.</param>
    public static FrameBlock Read(string name) => Find(DocumentPage.All, name);

    /// <summary>Gets what the page shows of a conversation: a browser's console shows only what comes.</summary>
    /// <param name="lines">What was said.</param>
    public IEnumerable<string> WhatItShowsOf(IEnumerable<string> lines) =>
        _block.Name == "console" ? lines.Where(static line => line.StartsWith(Transcript.Received, StringComparison.Ordinal)) : lines;

    /// <summary>Writes a conversation in the place of the one on the page.</summary>
    /// <param name="lines">What was said.</param>
    /// <returns>What is there now.</returns>
    public FrameBlock Write(IEnumerable<string> lines)
    {
        var path = Path.Combine(Repository.Root, _block.Page);
        var text = string.Concat(_block.Lines.Where(IsCommand).Concat(WhatItShowsOf(lines).Select(Marked)).Select(static line => $"{line}\n"));
        var page = new DocumentPage(_block.Page, File.ReadAllText(path).Replace(_block.Text, text, StringComparison.Ordinal));
        File.WriteAllText(path, page.Text);
        return Find([page], _block.Name);
    }

    private static FrameBlock Find(IEnumerable<DocumentPage> pages, string name) =>
        new(pages.SelectMany(static page => page.Blocks).Single(block => block.Kind == "frames" && block.Name == name));

    private static bool IsCommand(string line) => line.StartsWith("$ ", StringComparison.Ordinal);

    private string Marked(string line) => _block.Name switch
    {
        "terminal" => line.Replace(Transcript.Sent, "> ", StringComparison.Ordinal).Replace(Transcript.Received, "< ", StringComparison.Ordinal),
        "console" => line[Transcript.Received.Length..],
        _ => line,
    };
}
