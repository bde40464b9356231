using System.Text;
using Ingress.Pipeline.Protocol;

namespace Ingress.Tests.Pipeline;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ParserTests
{
    private static readonly string Id128 = new('i', 128);
    private static readonly string Id129 = new('i', 129);
    private static readonly string Faces128 = string.Concat(Enumerable.Repeat("😀", 128));

    private static IEnumerable<TestCaseData> Refused()
    {
        // What a message of ingress.v1 is refused with: the code, whether it was meant as a request, and the id that could be read.
        TestCaseData Case(string name, string text, string code, bool isRequest = false, string? id = null) =>
            new TestCaseData(text, code, isRequest, id).SetArgDisplayNames(name);

        yield return Case("empty", "", ErrorCode.InvalidJson);
        yield return Case("white space", " \r\n\t", ErrorCode.InvalidJson);
        yield return Case("no JSON", "hello", ErrorCode.InvalidJson);
        yield return Case("cut off", """{"type":"ping" """, ErrorCode.InvalidJson);
        yield return Case("cut off in a string", """{"type":"pi""", ErrorCode.InvalidJson);
        yield return Case("single quotes", "{'type':'ping'}", ErrorCode.InvalidJson);
        yield return Case("comment", """{"type":"ping"/**/}""", ErrorCode.InvalidJson);
        yield return Case("trailing comma", """{"type":"ping",}""", ErrorCode.InvalidJson);
        yield return Case("trailing bytes", """{"type":"ping"}x""", ErrorCode.InvalidJson);
        yield return Case("two objects", """{"type":"ping"}{"type":"ping"}""", ErrorCode.InvalidJson);
        yield return Case("byte order mark", "\uFEFF{\"type\":\"ping\"}", ErrorCode.InvalidJson);
        yield return Case("control character in a string", "{\"type\":\"pi\u0001ng\"}", ErrorCode.InvalidJson);
        yield return Case("not a number", """{"type":"ping","x":NaN}""", ErrorCode.InvalidJson);
        yield return Case("depth 65", Nested(65), ErrorCode.InvalidJson);
        yield return Case("null", "null", ErrorCode.InvalidMessage);
        yield return Case("number", " 17 ", ErrorCode.InvalidMessage);
        yield return Case("string", "\"ping\"", ErrorCode.InvalidMessage);
        yield return Case("array", """[{"type":"ping"}]""", ErrorCode.InvalidMessage);
        yield return Case("array and more", "[1]2", ErrorCode.InvalidJson);
        yield return Case("no type", """{"id":"a"}""", ErrorCode.InvalidMessage, id: "a");
        yield return Case("type null", """{"type":null}""", ErrorCode.InvalidMessage);
        yield return Case("type number", """{"type":1}""", ErrorCode.InvalidMessage);
        yield return Case("type half a surrogate pair", """{"type":"\ud800"}""", ErrorCode.InvalidMessage);
        yield return Case("unknown type", """{"type":"pong","id":"a"}""", ErrorCode.UnknownType, id: "a");
        yield return Case("type in capitals", """{"type":"PING"}""", ErrorCode.UnknownType);
        yield return Case("type empty", """{"type":""}""", ErrorCode.UnknownType);

        yield return Case("no input", """{"type":"request","id":"a"}""", ErrorCode.InvalidMessage, true, "a");
        foreach (var input in new[] { "null", "1", "\"x\"", "[]", "true" })
        {
            yield return Case($"input {input}", $$$"""{"type":"request","id":"a","input":{{{input}}}}""", ErrorCode.InvalidMessage, true, "a");
        }

        foreach (var id in new[] { "\"\"", "1", "{}", "[]", "true", $"\"{Id129}\"", $"\"{Faces128}x\"", """ "\ud800" """ })
        {
            yield return Case($"id {id[..Math.Min(9, id.Length)]}", $$$"""{"type":"request","id":{{{id}}},"input":{}}""", ErrorCode.InvalidMessage, true);
            yield return Case($"cancel {id[..Math.Min(9, id.Length)]}", $$$"""{"type":"cancel","id":{{{id}}}}""", ErrorCode.InvalidMessage);
        }

        yield return Case("cancel without id", """{"type":"cancel"}""", ErrorCode.InvalidMessage);
        foreach (var wait in new[] { "-1", "1.5", "1e3", "\"5\"", "{}", "[1]", "true" })
        {
            yield return Case(
                $"maxWaitMs {wait}", $$$"""{"type":"request","id":"a","input":{},"maxWaitMs":{{{wait}}}}""", ErrorCode.InvalidMessage, true, "a");
        }

        foreach (var policy in new[]
        {
            "1", "[]", "\"x\"", "true", """{"ttl":1.5}""", """{"ttl":"1"}""", """{"ttl":[]}""", """{"ttl":true}""",
            """{"executionTimeout":"1"}""", """{"executionTimeout":{}}""", """{"executionTimeout":0.1}""", """{"lowPriority":1}""",
        })
        {
            yield return Case($"policy {policy}", $$$"""{"type":"request","id":"a","policy":{{{policy}}},"input":{}}""", ErrorCode.InvalidMessage, true, "a");
        }

        yield return Case("endpoint number", """{"type":"request","id":"a","input":{},"endpoint":1}""", ErrorCode.InvalidMessage, true, "a");
        yield return Case("fault before the id", """{"type":"request","policy":1,"input":{},"id":"late"}""", ErrorCode.InvalidMessage, true, "late");
    }

    [TestCaseSource(nameof(Refused))]
    public void Parse_BadMessage_RefusedWithCodeKindAndId(string text, string code, bool isRequest, string? id)
    {
        var message = Parse(text);

        message.Kind.Should().Be(isRequest ? ClientMessageKind.InvalidRequest : ClientMessageKind.Invalid);
        message.Error.Code.Should().Be(code);
        message.Error.Message.Should().NotBeNullOrEmpty();
        message.Id.Should().Be(id);
    }

    [TestCase("a")]
    [TestCase("é")]
    [TestCase(" ")]
    [TestCase("a\\\"b")]
    [TestCase("128")]
    [TestCase("128 pairs")]
    public void Parse_IdWithinBounds_Taken(string id)
    {
        var wanted = id switch { "128" => Id128, "128 pairs" => Faces128, _ => id };
        var message = Parse($$$"""{"type":"request","id":"{{{wanted}}}","input":{}}""");

        message.Kind.Should().Be(ClientMessageKind.Request);
        message.Id.Should().Be(wanted.Replace("\\", ""));
    }

    [TestCase("""{"type":"request","input":{},"maxWaitMs":0}""", 0L)]
    [TestCase("""{"type":"request","input":{},"maxWaitMs":9223372036854775807}""", long.MaxValue)]
    [TestCase("""{"type":"request","input":{},"maxWaitMs":99999999999999999999999}""", long.MaxValue)]
    [TestCase("""{"type":"request","input":{},"maxWaitMs":null}""", null)]
    [TestCase("""{"type":"request","input":{}}""", null)]
    public void Parse_MaxWaitMs_WholeNumbersTaken(string text, long? expected)
    {
        var message = Parse(text);

        message.Kind.Should().Be(ClientMessageKind.Request);
        message.MaxWaitMs.Should().Be(expected);
    }

    [Test]
    public void Parse_Policy_EachFieldRead()
    {
        var message = Parse("""{"type":"request","input":{},"policy":{"x":[{}],"ttl":70000,"lowPriority":true,"executionTimeout":60000}}""");

        message.Kind.Should().Be(ClientMessageKind.Request);
        message.Policy.Should().Be(new Ingress.Pipeline.Forwarding.JobPolicy(60000, 70000, true));
    }

    [Test]
    public void Parse_UnknownFields_Ignored()
    {
        var message = Parse("""
            {"a":null,"type":"request","b":[1,{"input":{"no":1}}],"metadata":{"id":"no"},"input":{"yes":1},"":0,"Input":3,"traceparent":5,"endpoint":null}
            """);

        message.Kind.Should().Be(ClientMessageKind.Request);
        message.Id.Should().BeNull();
        message.TraceParent.Should().BeNull();
        message.Endpoint.Should().BeNull();
    }

    // Valid JSON, though no text: a name that only looks as if it could be one of ours must not break the connection.
    [TestCase("""{"\ud800":1,"type":"ping"}""")]
    [TestCase("""{"type":"ping","\udfffd":1}""")]
    [TestCase("""{"inp\ud800":{},"type":"ping"}""")]
    [TestCase("""{"type":"ping","policy":{"\ud800":1,"tt\udc00":2}}""")]
    public void Parse_NameWithHalfASurrogatePair_IgnoredAsUnknown(string text) =>
        Parse(text).Kind.Should().Be(ClientMessageKind.Ping);

    [Test]
    public void Parse_EscapedNames_AreTheSameNames() =>
        Parse("""{"\u0074ype":"p\u0069ng"}""").Kind.Should().Be(ClientMessageKind.Ping);

    [Test]
    public void Parse_DuplicateFields_LastOneCounts()
    {
        const string Text = """{"type":"ping","type":"request","id":1,"id":"b","input":3,"input":{"x":1},"maxWaitMs":-1,"maxWaitMs":7,"policy":9,"policy":{}}""";
        var message = Parse(Text);

        message.Kind.Should().Be(ClientMessageKind.Request);
        message.Id.Should().Be("b");
        message.MaxWaitMs.Should().Be(7);
        Slice(Text, message).Should().Be("""{"x":1}""");
    }

    [TestCase(64)]
    [TestCase(2)]
    public void Parse_DepthWithinBound_Taken(int depth) => Parse(Nested(depth)).Kind.Should().Be(ClientMessageKind.Request);

    [TestCase("""{ "a" : 1 ,	"b":[ ] }""")]
    [TestCase("{\r\n  \"a\\u0041\\/\" : \"\\ud83d\\ude00 \\ud800\",\"a\":1.0E+2,\"a\":-0 }")]
    [TestCase("{}")]
    [TestCase("""{"😀é\"}":"{\\"}""")]
    public void Parse_Input_SlicedByteForByte(string input)
    {
        var text = "\n {\"x\":\"é\", \"input\" :\t" + input + " , \"type\" : \"request\" } \n";

        Slice(text, Parse(text)).Should().Be(input);
    }

    [TestCase("""{"prompt":"hi"}""", """{"prompt":"hi"}""", null)]
    [TestCase(""" { "type":"ping" } """, """{ "type":"ping" }""", null)]
    [TestCase("""{"id":5,"input":"text"}""", """{"id":5,"input":"text"}""", null)]
    [TestCase("""{"id":"a","input":null}""", """{"id":"a","input":null}""", null)]
    [TestCase("""{"id":"a","input":{"x" :1}}""", """{"x" :1}""", "a")]
    [TestCase("{}", "{}", null)]
    public void Parse_Plain_EnvelopeOrWholeObject(string text, string input, string? id)
    {
        var message = Parse(text, WireProtocol.Plain);

        message.Kind.Should().Be(ClientMessageKind.Request);
        message.Id.Should().Be(id);
        Slice(text, message).Should().Be(input);
    }

    [TestCase("""{"id":"","input":{}}""", ClientMessageKind.InvalidRequest)]
    [TestCase("""{"policy":1,"input":{}}""", ClientMessageKind.InvalidRequest)]
    [TestCase("[1]", ClientMessageKind.Invalid)]
    [TestCase("{", ClientMessageKind.Invalid)]
    public void Parse_PlainBadMessage_Refused(string text, object kind) =>
        Parse(text, WireProtocol.Plain).Kind.Should().Be((ClientMessageKind)kind);

    [TestCase(new byte[] { 0xFF })]
    [TestCase(new byte[] { 0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D })]
    [TestCase(new byte[] { 0x22, 0xED, 0xA0, 0x80, 0x22 })]
    [TestCase(new byte[] { 0x22, 0xC0, 0x80, 0x22 })]
    public void Parse_BinaryFrameThatIsNotUtf8_InvalidJson(byte[] bytes) =>
        ClientMessageParser.Parse(bytes, WireProtocol.V1, knownUtf8: false).Error.Code.Should().Be(ErrorCode.InvalidJson);

    [TestCase("""{"type":"resume","sessionId":"s","resumeToken":"t","lastSeq":7}""", "s", "t", 7L)]
    [TestCase("""{"type":"resume","sessionId":1,"resumeToken":[],"lastSeq":"7"}""", null, null, -1L)]
    [TestCase("""{"type":"resume"}""", null, null, -1L)]
    public void Parse_Resume_MalformedFieldsAreAbsent(string text, string? sessionId, string? token, long lastSeq)
    {
        var message = Parse(text);

        message.Kind.Should().Be(ClientMessageKind.Resume);
        (message.SessionId, message.ResumeToken, message.LastSeq).Should().Be((sessionId, token, lastSeq));
    }

    [Test]
    public void Parse_FaultTextQuotesPayload_Never()
    {
        var message = Parse("""{"type":"request","input":{"secret":tdepthx}}""");

        message.Error.Code.Should().Be(ErrorCode.InvalidJson);
        message.Error.Message.Should().NotContain("tdep").And.NotContain("nested", "it is not deep");
    }

    private static string Nested(int depth) =>
        $$$"""{"type":"request","input":{{{string.Concat(Enumerable.Repeat("{\"a\":", depth - 2))}}}{}{{{new string('}', depth - 2)}}}}""";

    private static ClientMessage Parse(string text, WireProtocol protocol = WireProtocol.V1) =>
        ClientMessageParser.Parse(Encoding.UTF8.GetBytes(text), protocol, knownUtf8: true);

    private static string Slice(string text, in ClientMessage message) =>
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan()[message.Input]);
}
