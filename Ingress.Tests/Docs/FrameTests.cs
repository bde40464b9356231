using System.Text;
using System.Text.RegularExpressions;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>
/// The frames on the pages are what the service says. With <c>INGRESS_WRITE_DOCS=1</c> those between fences are written anew instead of
/// compared.
/// </summary>
[TestFixture]
internal sealed partial class FrameTests
{
    private static readonly string[] Conversations = ["request", "cancel", "resume", "ping", "plain", "terminal", "console"];
    private static readonly string[] InText = ["""{"ticket":"…","expiresInMs":30000}""", """{"prompt":"…"}""", "\"resumed\":false"];

    [TestCaseSource(nameof(Conversations)), CancelAfter(30_000)]
    public async Task Frames_OnThePage_AreWhatTheServiceSays(string name)
    {
        await using var server = await IngressServer.StartAsync();
        var transcript = new Transcript(server, TestContext.CurrentContext.CancellationToken);
        await (name switch
        {
            "request" => RequestAsync(transcript, """{"type":"request","id":"r1","input":{"prompt":"to be or"}}"""),
            "console" => RequestAsync(transcript, """{"type":"request","id":"a","input":{"prompt":"hello"}}"""),
            "cancel" => CancelAsync(transcript),
            "resume" => ResumeAsync(transcript),
            "ping" => PingAsync(transcript),
            "plain" => PlainAsync(transcript),
            _ => TerminalAsync(transcript),
        });

        var shown = FrameBlock.Read(name);
        if (Environment.GetEnvironmentVariable("INGRESS_WRITE_DOCS") == "1")
        {
            shown = shown.Write(transcript.Lines);
        }

        shown.Lines.Select(Transcript.ShapeOf).Should().Equal(shown.WhatItShowsOf(transcript.Lines).Select(Transcript.ShapeOf));
    }

    [TestCaseSource(nameof(InText)), CancelAfter(30_000)]
    public async Task Frame_InRunningText_IsWhatTheServiceSays(string frame)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);
        var cancellationToken = TestContext.CurrentContext.CancellationToken;

        var said = await (Array.IndexOf(InText, frame) switch
        {
            0 => TicketAsync(server, cancellationToken),
            1 => SentInputAsync(server, cancellationToken),
            _ => FailedResumeAsync(server, cancellationToken),
        });

        said.Should().MatchRegex(Regex.Escape(frame).Replace("…", "[^\"]+", StringComparison.Ordinal));
    }

    [Test]
    public void Pages_EveryFrame_IsComparedWithTheService()
    {
        var blocks = DocumentPage.All.SelectMany(static page => page.Blocks).Where(static block => block.Language is not ("sh" or "bash" or "console")).ToArray();
        blocks.Where(static block => block.Kind == "frames").Select(static block => block.Name).Should().BeEquivalentTo(Conversations);
        blocks.Where(static block => block.Kind != "frames" && block.Language != "js" && Json().IsMatch(block.Text)).Should().BeEmpty("each block of frames has a name and a test");
        blocks.Select(static block => block.Language).Distinct().Should().BeSubsetOf(["text", "js"], "nothing is known of how to look at others");

        var compared = Conversations.SelectMany(static name => FrameBlock.Read(name).Lines).Select(static line => line[2..]);
        DocumentPage.All.SelectMany(static page => page.Spans).Where(static span => Json().IsMatch(span)).Distinct().Except(compared)
            .Should().BeEquivalentTo(InText);
    }

    private static async Task RequestAsync(Transcript transcript, string request)
    {
        await using var client = await transcript.ConnectAsync();
        await transcript.HearAsync(client);
        await transcript.SayAsync(client, request);
        await transcript.HearAsync(client, "request.completed");
    }

    private static async Task TerminalAsync(Transcript transcript)
    {
        await using var client = await transcript.ConnectAsync(subprotocol: null);
        await transcript.SayAsync(client, """{"prompt":"Good morning, dear GPU"}""");
        await transcript.HearAsync(client);
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

    private static async Task<string> TicketAsync(IngressServer server, CancellationToken cancellationToken)
    {
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", Keys.Client);
        using var answer = await server.Http.PostAsync("/tickets", null, cancellationToken);
        return await answer.Content.ReadAsStringAsync(cancellationToken);
    }

    private static async Task<string> SentInputAsync(IngressServer server, CancellationToken cancellationToken)
    {
        await using var send = ServiceProcess.Start(["send", "--url", server.WebSocketAddress.ToString(), "to be"], ("INGRESS_KEY", Keys.Client));
        (await send.WaitForExitAsync(cancellationToken)).Should().Be(0, send.Errors);
        return Encoding.UTF8.GetString(server.Simulator!.Engine.Jobs().Single().Input.Span);
    }

    private static async Task<string> FailedResumeAsync(IngressServer server, CancellationToken cancellationToken)
    {
        await using var client = await TestClient.ConnectAsync(
            server.WebSocketAddress, cancellationToken, configure: static options => options.SetRequestHeader("Authorization", $"Bearer {Keys.Client}"));
        await client.ReceiveEventAsync("session.opened", cancellationToken);
        await client.SendAsync("""{"type":"resume","sessionId":"gone","resumeToken":"gone","lastSeq":1}""", cancellationToken);
        return (await client.ReceiveTextAsync(cancellationToken))!;
    }

    [GeneratedRegex("""\{"|"\w+":""")]
    private static partial Regex Json();
}
