using System.Reflection;
using System.Text;
using System.Text.Json;
using Ingress.Api.AsyncApi;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Tests.Support;

namespace Ingress.Tests.Client;

[TestFixture]
internal sealed class AsyncApiDocumentTests
{
    [Test]
    public void Document_Messages_AreTheEventsOfTheCode()
    {
        var nameOf = typeof(AsyncApiDocumentTests).GetMethod(nameof(NameOf), BindingFlags.NonPublic | BindingFlags.Static)!;
        var events = typeof(IServerEvent).Assembly.GetTypes()
            .Where(static type => type.IsValueType && type.IsAssignableTo(typeof(IServerEvent)))
            .Select(type => (string)nameOf.MakeGenericMethod(type).Invoke(null, null)!);

        AsyncApiFrames.MessagesOf("receive").Should().BeEquivalentTo(events);
    }

    [Test]
    public void Document_ErrorCodes_AreThoseOfTheCode() =>
        AsyncApiFrames.ValuesOf("errorCode").Should().BeEquivalentTo(
            typeof(ErrorCode).GetFields().Select(static field => (string)field.GetRawConstantValue()!));

    [Test]
    public void Document_WaitReasons_AreThoseOfTheCode() =>
        AsyncApiFrames.ValuesOf("waitReason").Should().BeEquivalentTo(Enum.GetValues<WaitReason>().Select(WaitReasonNames.Of));

    [TestCase("""{"type":"request","id":"a","input":{}}""", true)]
    [TestCase("""{"type":"request","input":{"deep":{"as":"you like"}},"policy":{"ttl":1},"metadata":[1],"mine":true}""", true)]
    [TestCase("""{"type":"request","id":"","input":{}}""", false)]
    [TestCase("""{"type":"request","input":[]}""", false)]
    [TestCase("""{"type":"request","input":{},"maxWaitMs":-1}""", false)]
    [TestCase("""{"type":"resume","sessionId":"a","resumeToken":"b"}""", false)]
    [TestCase("""{"type":"chat"}""", false)]
    [TestCase("""[]""", false)]
    [TestCase("""{""", false)]
    public void FaultsOf_WhatAClientSends_TellsWellFormedFromMalformed(string text, bool isFine) =>
        AsyncApiFrames.FaultsOf(FrameDirection.Sent, text).Any().Should().Be(!isFine);

    [TestCase("""{"type":"pong","seq":1}""", true)]
    [TestCase("""{"type":"pong"}""", false)]
    [TestCase("""{"type":"pong","seq":1,"surprise":1}""", false)]
    [TestCase("""{"type":"request.cancelled","seq":1,"id":"a","reason":"whim"}""", false)]
    [TestCase("""{"type":"request.output","seq":1,"id":"a","index":"0","output":null}""", false)]
    [TestCase("""{"type":"request.failed","seq":1,"id":"a","error":{"code":"odd","message":"","retryable":false}}""", false)]
    public void FaultsOf_WhatTheServerSends_TellsDescribedFromUndescribed(string text, bool isFine) =>
        AsyncApiFrames.FaultsOf(FrameDirection.Received, text).Any().Should().Be(!isFine);

    [Test, CancelAfter(20_000)]
    public async Task Get_Document_NamesTheServerThatGaveIt(CancellationToken cancellationToken)
    {
        await using var server = await IngressServer.StartAsync();

        using var document = JsonDocument.Parse(await server.Http.GetStringAsync("/asyncapi.json", cancellationToken));

        var here = document.RootElement.GetProperty("servers").GetProperty("here");
        here.GetProperty("host").GetString().Should().Be(server.Address.Authority);
        here.GetProperty("protocol").GetString().Should().Be("ws");
        document.RootElement.GetProperty("asyncapi").GetString().Should().StartWith("3.");
    }

    [Test, CancelAfter(120_000)]
    public async Task Document_OfficialParser_FindsItValid(CancellationToken cancellationToken)
    {
        var node = await NodeFolder.GetAsync(cancellationToken);
        await using var server = await IngressServer.StartAsync();

        var said = await node.NodeAsync(cancellationToken, "asyncapi.mjs", new Uri(server.Address, AsyncApiRoutes.FileName).ToString());

        said.Should().Contain("valid: 4 operations").And.NotContain("error:").And.NotContain("warning:");
    }

    private static string NameOf<T>()
        where T : struct, IServerEvent, allows ref struct => Encoding.UTF8.GetString(T.Type);
}
