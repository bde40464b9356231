using System.Globalization;
using System.Net.WebSockets;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary><c>docs/protocol.md</c> leaves nothing of the protocol out.</summary>
[TestFixture]
internal sealed class ProtocolPageTests
{
    [Test]
    public void Page_EveryNameOfTheProtocol_IsExplained()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "protocol.md"));
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
}
