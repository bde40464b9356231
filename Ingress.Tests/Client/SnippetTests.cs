using Ingress.Api.Hosting;
using Ingress.Tests.Docs;

namespace Ingress.Tests.Client;

/// <summary>The code on the pages does what they say, in a browser.</summary>
[TestFixture]
internal sealed class SnippetTests
{
    [Test]
    public void Pages_EveryPieceOfCode_IsRun() =>
        DocumentPage.All.SelectMany(static page => page.Blocks).Where(static block => block.Language == "js")
            .Select(static block => block.Name).Should().BeEquivalentTo("console", "module");

    [Test, CancelAfter(120_000)]
    public async Task Console_CodeOfTheReadme_ShowsTheFramesBelowIt(CancellationToken cancellationToken)
    {
        var said = await RunAsync(Code("console"), "request.completed", cancellationToken);

        said.Select(static line => Transcript.ShapeOf(Transcript.Received + line)).Where(static line => !line.Contains("request.position", StringComparison.Ordinal))
            .Should().Equal(FrameBlock.Read("console").Lines.Select(Transcript.ShapeOf));
    }

    [Test, CancelAfter(120_000)]
    public async Task Module_CodeOfTheProtocolPage_StreamsAndGivesTheEnd(CancellationToken cancellationToken)
    {
        const string Given = """
            const key = undefined, signal = new AbortController().signal, chunks = [], places = [];
            const show = position => places.push(position), append = chunk => chunks.push(chunk);

            """;

        var said = await RunAsync(
            $"{Given}{Code("module")}\nconsole.log(JSON.stringify({{ places, chunks, output, total: typeof times.totalMs }}));", "total", cancellationToken);

        said.Should().Equal("""{"places":[1],"chunks":["Hello ","there"],"output":null,"total":"number"}""");
    }

    private static string Code(string name) =>
        DocumentPage.All.SelectMany(static page => page.Blocks).Single(block => block.Kind == "run" && block.Name == name && block.Language == "js").Text;

    private static async Task<string[]> RunAsync(string code, string last, CancellationToken cancellationToken)
    {
        Chromium.IgnoreWithout();
        var node = await NodeFolder.GetAsync(cancellationToken);
        return (await node.NodeAsync(cancellationToken, "snippet.mjs", typeof(IngressApplication).Assembly.Location, code, last)).TrimEnd().Split('\n');
    }
}
