using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Ingress.Pipeline.Protocol;
using Ingress.RunPod.Client;
using Ingress.RunPod.Jobs;

namespace Ingress.Tests.Hostile;

/// <summary>
/// What comes from outside is read by four parsers; none may throw what it does not promise, and what they say of an input must agree with
/// the framework's own reader. INGRESS_FUZZ_COUNT sets how many inputs each gets, INGRESS_FUZZ_SEED where the dice begin.
/// </summary>
public sealed class FuzzTests
{
    private const int ShortForm = 20_000;
    private static readonly int Count = Setting("INGRESS_FUZZ_COUNT", ShortForm);
    private static readonly int Seed = Setting("INGRESS_FUZZ_SEED", 4);

    private static readonly string[] Messages =
    [
        """{"type":"request","id":"a","input":{"prompt":"hello","n":[1,2,{"x":null}]}}""",
        """{"type":"request","input":{"a":1},"policy":{"executionTimeout":1000,"ttl":5000,"lowPriority":true}}""",
        """{"type":"request","input":{},"maxWaitMs":500,"endpoint":"default","metadata":{"k":"v"}}""",
        """{"type":"request","input":{},"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}""",
        """{"type":"cancel","id":"\u0061"}""",
        """{"type":"ping"}""",
        """{"type":"resume","sessionId":"01a20736-953a-7c4d-87c9-b22ef2b2b2d0","resumeToken":"UxBETvt3-rDnTFyuafUpqQ","lastSeq":12}""",
        """ {"prompt":"é€😀","escaped":"\ud83d\ude00\n"} """,
        "[]", "1", "\"text\"", "{}",
    ];

    private static readonly string[] Answers =
    [
        """{"id":"j-1","status":"IN_PROGRESS","stream":[{"output":"one "},{"output":{"a":1},"metrics":{}}]}""",
        """{"id":"j-1","status":"COMPLETED","delayTime":12,"executionTime":34.5,"workerId":"w","retries":1,"output":["a","b"],"stream":[]}""",
        """{"id":"j-1","status":"FAILED","error":"{\"error_message\":\"bad\",\"error_traceback\":\"Traceback\"}"}""",
        """{"status":"FAILED","error":{"message":"m","code":1},"output":null}""",
        """{"workers":{"idle":1,"initializing":0,"ready":1,"running":2,"throttled":0,"unhealthy":0},"jobs":{"inProgress":2,"inQueue":3}}""",
        "<!DOCTYPE html><html></html>", "{}",
    ];

    [Test]
    [CancelAfter(600_000)]
    public void ClientMessageParser_AnyBytes_AgreesWithTheFramework(CancellationToken cancellationToken) =>
        Fuzz(Messages, static input => CheckMessage(input.Span), cancellationToken);

    [Test]
    [CancelAfter(600_000)]
    public void JobAnswerReader_AnyBytes_AgreesWithTheFramework(CancellationToken cancellationToken) => Fuzz(Answers, CheckAnswer, cancellationToken);

    [Test]
    [CancelAfter(600_000)]
    public void Health_AnyBytes_IsReadOrRefused(CancellationToken cancellationToken) => Fuzz(Answers, CheckHealth, cancellationToken);

    [Test]
    [CancelAfter(600_000)]
    public void ErrorTextAndFingerprint_AnyText_AreMade(CancellationToken cancellationToken) => Fuzz(Answers, CheckTexts, cancellationToken);

    private static void Fuzz(string[] corpus, Action<ReadOnlyMemory<byte>> check, CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        var mutator = new Mutator(new FuzzRandom((ulong)Seed), corpus);
        for (var i = 0; i < Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var input = mutator.Next();
            try
            {
                check(input);
            }
            catch (Exception e)
            {
                var hex = Convert.ToHexString(input.Span);
                throw new AssertionException($"Input {i} of seed {Seed}, {hex} ({Encoding.UTF8.GetString(input.Span)}): {e}");
            }
        }

        TestContext.Out.WriteLine($"{Count:N0} inputs, seed {Seed}, {TimeProvider.System.GetElapsedTime(began).TotalSeconds:F1} s");
    }

    private static void CheckMessage(ReadOnlySpan<byte> input)
    {
        var kind = KindOf(input, ClientMessageParser.MaxDepth);
        foreach (var protocol in (WireProtocol[])[WireProtocol.V1, WireProtocol.Plain])
        {
            var message = ClientMessageParser.Parse(input, protocol, knownUtf8: false);
            var isInvalidJson = message.Kind == ClientMessageKind.Invalid && message.Error.Code == ErrorCode.InvalidJson;
            Require(isInvalidJson == (kind is null), "invalid_json exactly where the framework says so");
            var isRefused = message.Kind is ClientMessageKind.Invalid or ClientMessageKind.InvalidRequest;
            Require(!isRefused || message.Error.Message.Length > 0, "a reason is given");
            if (message.Kind == ClientMessageKind.Request)
            {
                Require(kind == JsonValueKind.Object, "only objects are requests");
                Require(KindOf(input[message.Input], ClientMessageParser.MaxDepth) == JsonValueKind.Object, "the input is a whole object");
            }
        }
    }

    private static void CheckAnswer(ReadOnlyMemory<byte> input)
    {
        var answer = JobAnswerReader.Read(input);
        Require(answer is not null == (KindOf(input.Span, 100_000) == JsonValueKind.Object), "read exactly where it is one JSON object");
        foreach (var chunk in answer?.Chunks ?? [])
        {
            Require(KindOf(chunk.Span, 100_000) is not null, "a chunk is whole JSON");
        }

        if (answer?.Output is { } output)
        {
            Require(KindOf(output.Span, 100_000) is { } kind && kind != JsonValueKind.Null, "the output is whole JSON");
            JobAnswerReader.ReadArray(output);
        }
    }

    private static void CheckHealth(ReadOnlyMemory<byte> input)
    {
        try
        {
            JsonSerializer.Deserialize(input.Span, RunPodJsonContext.Default.EndpointHealth);
        }
        catch (JsonException)
        {
            // What Refit hands on as an error.
        }
    }

    private static void CheckTexts(ReadOnlyMemory<byte> input)
    {
        var text = ErrorText.For(Encoding.UTF8.GetString(input.Span));
        Require(text is null || text.Length < 2_100, "never longer than a client can use");
        if (KindOf(input.Span, 64) is not null)
        {
            Require(JsonFingerprint.Of(input.Span) == JsonFingerprint.Of(input.Span), "the same for the same");
        }
    }

    // Null where the framework's reader does not take it.
    private static JsonValueKind? KindOf(ReadOnlySpan<byte> json, int maxDepth)
    {
        if (!Utf8.IsValid(json))
        {
            return null;
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        try
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var kind = document.RootElement.ValueKind;
            return reader.Read() ? null : kind;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new AssertionException(rule);
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
