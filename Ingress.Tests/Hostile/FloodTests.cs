using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Frames;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>Clients that send without a pause, on a connection from which there is always something to read.</summary>
public sealed class FloodTests
{
    private const int Length = 2 << 20;

    // Small frames cost more than their bytes.
    private const int Small = 64 << 10;
    private const int Large = 256 << 10;

    private static IEnumerable<TestCaseData> Floods()
    {
        yield return Flood("messages", Small, [], RawFrame.EncodeText("[]"));
        yield return Flood("pings", Small, [], RawFrame.Encode(RawFrame.Ping, []));
        yield return Flood(
            "a message in parts", Small, RawFrame.EncodeText("{", final: false), RawFrame.EncodeText(" ", final: false, RawFrame.Continuation));
        yield return Flood("a message without an end", Large, RawFrame.Encode(RawFrame.Text, [], announced: 4 << 20), [(byte)' ']);
        yield return Flood("anything, after what breaks the protocol", Large, RawFrame.Encode(RawFrame.Text, [], masked: false), [0]);

        static TestCaseData Flood(string name, int most, byte[] first, byte[] again) => new(most, first, again) { TestName = $"{{m}}({name})" };
    }

    [TestCaseSource(nameof(Floods))]
    [CancelAfter(60_000)]
    public async Task Client_ThatSendsWithoutAPause_GivesUpTheThreadThatReadsFromIt(
        int most, byte[] first, byte[] again, CancellationToken cancellationToken)
    {
        await using var harness = new PipelineHarness();
        using var stream = new FloodStream(first, again, Length);
        using var socket = new FrameWebSocket(stream, "ingress.v1", static () => { }, harness.Time);
        harness.Handler.TryReserve();

        var served = harness.Handler.RunAsync(socket, WireProtocol.V1, new ClientIdentity("p"));

        stream.ReadByOwner.Should().BePositive().And.BeLessThanOrEqualTo(most);
        await served.WaitAsync(cancellationToken);
        harness.Handler.Release();
    }
}
