using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Send;

[TestFixture]
internal sealed class SendCommandTests
{
    private string _file = "";

    [SetUp]
    public void MakeAFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void RemoveTheFile() => File.Delete(_file);

    [Test, CancelAfter(30_000)]
    public async Task Send_Text_PrintsTheWordsAndTheTimes(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        var (exitCode, output, errors) = await RunAsync(cancellationToken, "Grüße an alle", Url(server));

        (exitCode, output).Should().Be((0, "Grüße an alle\n"));
        errors.Should().MatchRegex(@"^wait \d+ ms, first output .+, total .+\n$", "what is drawn over itself has no place in a file");
    }

    [Test, CancelAfter(30_000)]
    public async Task Send_FileOfMixedLines_RunsAllAndSumsUp(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(("Queue:Capacity", "4"));
        await File.WriteAllLinesAsync(
            _file,
            [.. Enumerable.Range(0, 20).Select(static n => $$"""{"prompt":"this is {{n}}"}"""), "", """{"id":"bad","input":{"simulate":{"error":"boom"}}}"""],
            cancellationToken);

        var (exitCode, output, errors) = await RunAsync(cancellationToken, "--file", _file, "--concurrency=20", "--json", Url(server));

        exitCode.Should().Be(1, errors);
        var lines = output.TrimEnd().Split('\n').Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        foreach (var text in output.TrimEnd().Split('\n').SkipLast(1))
        {
            AsyncApiFrames.Validate(FrameDirection.Received, text);
        }

        var summary = lines[^1];
        summary.GetProperty("type").GetString().Should().Be("summary");
        (Number(summary, "requests"), Number(summary, "completed"), Number(summary, "failed")).Should().Be((21, 20, 1));
        summary.GetProperty("totalMs").GetProperty("p95").GetInt64().Should().BePositive();
        lines.Single(static line => line.GetProperty("type").GetString() == "request.failed").GetProperty("id").GetString().Should().Be("bad");
        (await server.Http.GetStringAsync("/status", cancellationToken)).Should().Contain("\"rejected\":", "a full queue was met and waited for");
    }

    [Test, CancelAfter(30_000)]
    public async Task Send_Interrupted_CancelsWhatRuns(CancellationToken cancellationToken)
    {
        Interrupts.RequireDelivered();
        await using var server = await IngressServer.StartAsync(("Simulator:ChunkDelay", "00:00:01"));
        using var process = SendProcess.Start("one two three four five six seven eight", Url(server));
        while (!(await StatusAsync(server, cancellationToken)).Contains("\"dispatched\":1", StringComparison.Ordinal))
        {
            await Task.Delay(20, cancellationToken);
        }

        process.Interrupt();

        var (exitCode, _, errors) = await process.EndAsync(cancellationToken);
        exitCode.Should().Be(130);
        errors.Should().Contain("1 request in").And.Contain("1 cancelled");
        (await StatusAsync(server, cancellationToken)).Should().Contain("\"cancelled\":1");
    }

    [Test, CancelAfter(30_000)]
    public async Task Send_WithKey_GetsInAndWithoutIsToldWhy(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync(Keys.Settings);

        var inside = await RunAsync(cancellationToken, "hello", "--key", Keys.Client, Url(server));
        var outside = await RunAsync(cancellationToken, "hello", Url(server));

        (inside.ExitCode, inside.Output).Should().Be((0, "hello\n"));
        (outside.ExitCode, outside.Output).Should().Be((77, ""));
        outside.Errors.Should().Contain("--key");
    }

    [TestCase(64, "hello", "--prompt", "x")]
    [TestCase(64, "hello", "--concurrency", "none")]
    [TestCase(64, "hello", "--file", "x.jsonl")]
    [TestCase(65, "--file", "/nowhere/requests.jsonl")]
    [TestCase(69, "hello", "--url", "ws://127.0.0.1:1/ws")]
    [CancelAfter(30_000)]
    public async Task Send_CannotBegin_SaysWhy(int expected, params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(TestContext.CurrentContext.CancellationToken, arguments);

        (exitCode, output).Should().Be((expected, ""));
        errors.Should().NotBeEmpty().And.NotContain("   at ");
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        using var process = SendProcess.Start(arguments);
        return await process.EndAsync(cancellationToken);
    }

    private static string Url(IngressServer server) => $"--url={server.WebSocketAddress}";

    private static Task<string> StatusAsync(IngressServer server, CancellationToken cancellationToken) =>
        server.Http.GetStringAsync("/status", cancellationToken);

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
