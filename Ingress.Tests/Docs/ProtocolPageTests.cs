using System.Globalization;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>
/// <c>docs/protocol.md</c> says what is so. With <c>INGRESS_WRITE_DOCS=1</c> the frames on the page are written anew instead of compared.
/// </summary>
[TestFixture]
internal sealed partial class ProtocolPageTests
{
    private static readonly string? Page = Find("docs/protocol.md");

    [SetUp]
    public void NeedThePage() => Assume.That(Page, Is.Not.Null, "The tests run without the repository around them.");

    [TestCase("request")]
    [TestCase("cancel")]
    [TestCase("resume")]
    [TestCase("ping")]
    [TestCase("plain")]
    [CancelAfter(30_000)]
    public async Task Frames_OnThePage_AreWhatTheServiceSays(string name)
    {
        await using var server = await IngressServer.StartAsync();
        var transcript = new Transcript(server, TestContext.CurrentContext.CancellationToken);
        await (name switch
        {
            "request" => RequestAsync(transcript),
            "cancel" => CancelAsync(transcript),
            "resume" => ResumeAsync(transcript),
            "ping" => PingAsync(transcript),
            _ => PlainAsync(transcript),
        });

        var page = await File.ReadAllTextAsync(Page!);
        if (Environment.GetEnvironmentVariable("INGRESS_WRITE_DOCS") == "1")
        {
            page = Frames().Replace(page, match => match.Groups["name"].Value != name ? match.Value
                : $"<!-- frames: {name} -->\n```text\n{string.Concat(transcript.Lines.Select(static line => $"{line}\n"))}```");
            await File.WriteAllTextAsync(Page!, page);
        }

        var shown = Frames().Matches(page).Single(match => match.Groups["name"].Value == name).Groups["lines"].Value.TrimEnd().Split('\n');
        shown.Select(Transcript.ShapeOf).Should().Equal(transcript.Lines.Select(Transcript.ShapeOf));
    }

    [Test]
    public void Page_EveryNameOfTheProtocol_IsExplained()
    {
        var page = File.ReadAllText(Page!);
        string[] names =
        [
            .. AsyncApiFrames.MessagesOf("receive"), .. AsyncApiFrames.MessagesOf("send"), .. AsyncApiFrames.ValuesOf("errorCode"),
            .. AsyncApiFrames.ValuesOf("waitReason"), .. AsyncApiFrames.ValuesOf("requestCancelled", "properties", "reason"),
            .. AsyncApiFrames.ValuesOf("sessionClosing", "properties", "reason"),
        ];

        names.Where(name => !page.Contains($"`{name}`", StringComparison.Ordinal)).Should().BeEmpty();
        int[] codes =
        [
            .. Enum.GetValues<WebSocketCloseStatus>().Select(static code => (int)code).Intersect([1000, 1001, 1007, 1008, 1009, 1011]), 1013, 3000,
        ];
        codes.Where(code => !page.Contains(string.Create(CultureInfo.InvariantCulture, $"\n| {code} |"), StringComparison.Ordinal)).Should().BeEmpty();
    }

    private static async Task RequestAsync(Transcript transcript)
    {
        await using var client = await transcript.ConnectAsync();
        await transcript.HearAsync(client);
        await transcript.SayAsync(client, """{"type":"request","id":"r1","input":{"prompt":"to be or"}}""");
        await transcript.HearAsync(client, "request.completed");
    }

    private static async Task CancelAsync(Transcript transcript)
    {
        await using var client = await transcript.ConnectAsync();
        await transcript.HearAsync(client);
        await transcript.SayAsync(client, """{"type":"request","id":"r2","input":{"prompt":"a b","simulate":{"delayMs":10000}}}""");
        await transcript.HearAsync(client, "request.started");
        await transcript.SayAsync(client, """{"type":"cancel","id":"r2"}""");
        await transcript.HearAsync(client, "request.cancelled");
        await transcript.SayAsync(client, """{"type":"cancel","id":"r2"}""");
        await transcript.HearAsync(client);
        await transcript.SayAsync(client, """{"type":"request","id":"r3","input":"to be"}""");
        await transcript.HearAsync(client);
    }

    private static async Task ResumeAsync(Transcript transcript)
    {
        await using var first = await transcript.ConnectAsync();
        var opened = await transcript.HearAsync(first);
        await transcript.SayAsync(first, """{"type":"request","id":"r4","input":{"prompt":"to be or not"}}""");
        var last = await transcript.HearAsync(first, "request.output");
        first.Abort();
        transcript.Note("… the connection breaks, and the client connects again");

        await using var second = await transcript.ConnectAsync();
        await transcript.HearAsync(second);
        var (session, token) = (opened?.GetProperty("sessionId"), opened?.GetProperty("resumeToken"));
        await transcript.SayAsync(
            second, $$"""{"type":"resume","sessionId":"{{session}}","resumeToken":"{{token}}","lastSeq":{{last?.GetProperty("seq")}}}""");
        await transcript.HearAsync(second, "request.completed");
    }

    private static async Task PingAsync(Transcript transcript)
    {
        await using var client = await transcript.ConnectAsync();
        await transcript.HearAsync(client);
        await transcript.SayAsync(client, """{"type":"ping"}""");
        await transcript.HearAsync(client);
    }

    private static async Task PlainAsync(Transcript transcript)
    {
        await using var client = await transcript.ConnectAsync(subprotocol: null);
        await transcript.SayAsync(client, """{"prompt":"to be"}""");
        await transcript.HearAsync(client);
        await transcript.HearAsync(client, "request.completed");
        await transcript.SayAsync(client, "hello?");
        await transcript.HearAsync(client);
    }

    [GeneratedRegex("<!-- frames: (?<name>[a-z]+) -->\n```text\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Frames();

    private static string? Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "InfraIngress.sln")))
            {
                return Path.Combine(folder.FullName, path);
            }
        }

        return null;
    }
}
