using System.Text;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;

namespace Ingress.Tests.Pipeline;

/// <summary>What each event looks like on the wire, to the byte: clients rely on the names and on what is absent.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class EventShapeTests
{
    private static readonly RequestError Error = new("queue_full", "é \"<x>\"", true);

    private static IEnumerable<TestCaseData> Shapes()
    {
        TestCaseData Case<T>(string name, T serverEvent, string rest)
            where T : struct, IServerEvent =>
            new TestCaseData(Encoding.UTF8.GetString(EventSerializer.Serialize(serverEvent, 7)), rest).SetArgDisplayNames(name);

        var limits = new SessionLimits(1, 2, 3);
        yield return Case("opened", new SessionOpened("s", "t", limits, false),
            """{"type":"session.opened","seq":7,"sessionId":"s","resumeToken":"t","limits":{"maxMessageBytes":1,"maxPendingPerConnection":2,"queueCapacity":3}}""");
        yield return Case("opened afresh", new SessionOpened("s", "", limits, true),
            """{"type":"session.opened","seq":7,"sessionId":"s","resumeToken":"","resumed":false,"limits":{"maxMessageBytes":1,"maxPendingPerConnection":2,"queueCapacity":3}}""");
        yield return Case("resumed", new SessionResumed("s", 4), """{"type":"session.resumed","seq":7,"sessionId":"s","replayed":4}""");
        yield return Case("queued", new RequestQueued("a", new WaitPlace(1, 2, new WaitEstimate(3, 4), WaitReason.WorkersBusy), "trace"),
            """{"type":"request.queued","seq":7,"id":"a","position":1,"queueLength":2,"estimatedWaitMs":3,"estimatedWaitHighMs":4,"waitReason":"workers_busy","traceId":"trace"}""");
        yield return Case("position", new RequestPosition("a", new WaitPlace(1, 2, default, WaitReason.BehindOthers)),
            """{"type":"request.position","seq":7,"id":"a","position":1,"queueLength":2,"estimatedWaitMs":null,"estimatedWaitHighMs":null,"waitReason":"behind_others"}""");
        yield return Case("dispatched", new RequestDispatched("a", "j", 5), """{"type":"request.dispatched","seq":7,"id":"a","jobId":"j","waitedMs":5}""");
        yield return Case("started", new RequestStarted("a", "w", 6, 1), """{"type":"request.started","seq":7,"id":"a","workerId":"w","delayMs":6}""");
        yield return Case("started, nothing known", new RequestStarted("a", null, null, 1), """{"type":"request.started","seq":7,"id":"a"}""");
        yield return Case("started again", new RequestStarted("a", null, null, 2), """{"type":"request.started","seq":7,"id":"a","attempt":2}""");
        yield return Case("completed", new RequestCompleted("a", """{ "é":"<x>" }"""u8.ToArray(), new RequestTimes(1, 2, 3, 4, 5)),
            """{"type":"request.completed","seq":7,"id":"a","output":{ "é":"<x>" },"waitedMs":1,"delayMs":2,"firstOutputMs":3,"executionMs":4,"totalMs":5}""");
        yield return Case("completed, all streamed", new RequestCompleted("a", null, new RequestTimes(1, null, null, null, 5)),
            """{"type":"request.completed","seq":7,"id":"a","output":null,"waitedMs":1,"totalMs":5}""");
        yield return Case("failed", new RequestFailed("a", Error),
            """{"type":"request.failed","seq":7,"id":"a","error":{"code":"queue_full","message":"é \"<x>\"","retryable":true}}""");
        yield return Case(
            "cancelled, expired",
            new RequestCancelled("a", "expired", new RequestError("expired", "why", true)),
            """{"type":"request.cancelled","seq":7,"id":"a","reason":"expired","error":{"code":"expired","message":"why","retryable":true}}""");
        yield return Case("cancelled", new RequestCancelled("a", "client"), """{"type":"request.cancelled","seq":7,"id":"a","reason":"client"}""");
        yield return Case("rejected", new RequestRejected("a", Error, 9),
            """{"type":"request.rejected","seq":7,"id":"a","error":{"code":"queue_full","message":"é \"<x>\"","retryable":true},"retryAfterMs":9}""");
        yield return Case("rejected, no id", new RequestRejected(null, Error with { Retryable = false }, null),
            """{"type":"request.rejected","seq":7,"error":{"code":"queue_full","message":"é \"<x>\"","retryable":false}}""");
        yield return Case("error", new MessageRefused(null, Error), """{"type":"error","seq":7,"error":{"code":"queue_full","message":"é \"<x>\""}}""");
        yield return Case("error with id", new MessageRefused("a", Error), """{"type":"error","seq":7,"id":"a","error":{"code":"queue_full","message":"é \"<x>\""}}""");
        yield return Case("closing", new SessionClosing("shutdown", 8), """{"type":"session.closing","seq":7,"reason":"shutdown","retryAfterMs":8}""");
        yield return Case("closing for good", new SessionClosing("unauthorized", null), """{"type":"session.closing","seq":7,"reason":"unauthorized"}""");
        yield return Case("pong", new Pong(), """{"type":"pong","seq":7}""");
    }

    [TestCaseSource(nameof(Shapes))]
    public void Serialize_Event_HasItsShape(string text, string expected) => text.Should().Be(expected);

    [TestCase("""{ "a":1.0E+2 , "b":"\u0041\/é<" }""")]
    [TestCase("\"text\"")]
    [TestCase("null")]
    [TestCase("[ ]")]
    [TestCase("12345678901234567890.10")]
    public void Serialize_Output_ByteForByte(string chunk) =>
        Encoding.UTF8.GetString(EventSerializer.Serialize(new RequestOutput("a", 3, Encoding.UTF8.GetBytes(chunk)), 7))
            .Should().Be($$"""{"type":"request.output","seq":7,"id":"a","index":3,"output":{{chunk}}}""");

    [Test]
    public void Serialize_OddId_IsStillJson() =>
        Encoding.UTF8.GetString(EventSerializer.Serialize(new RequestCancelled("\"\\\n\0\ud800", "client"), 1))
            .Should().Contain("\"id\":\"\\\"\\\\\\n\\u0000\\uFFFD\"");

    [Test]
    public void Serialize_AfterOneThatFailed_StartsClean()
    {
        // The writer is the thread's own and is used again: half an event must not stay in it.
        var act = () => EventSerializer.Serialize(new Faulty(), 1);
        act.Should().Throw<InvalidOperationException>();

        Encoding.UTF8.GetString(EventSerializer.Serialize(new Pong(), 2)).Should().Be("""{"type":"pong","seq":2}""");
    }

    [Test]
    public void Serialize_HugeOutput_NextEventIsWhole()
    {
        EventSerializer.Serialize(new RequestOutput("a", 0, Encoding.UTF8.GetBytes($"\"{new string('x', 200_000)}\"")), 1).Length.Should().BeGreaterThan(200_000);

        Encoding.UTF8.GetString(EventSerializer.Serialize(new Pong(), 2)).Should().Be("""{"type":"pong","seq":2}""");
    }

    private readonly struct Faulty : IServerEvent
    {
        public static ReadOnlySpan<byte> Type => "faulty"u8;

        public void WriteFields(System.Text.Json.Utf8JsonWriter json)
        {
            json.WriteString("id"u8, "half");
            json.Flush();
            throw new InvalidOperationException("A fault.");
        }
    }
}
