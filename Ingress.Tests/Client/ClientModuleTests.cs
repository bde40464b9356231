using Ingress.Api.Hosting;

namespace Ingress.Tests.Client;

/// <summary>The JavaScript client and the page, against the service as a process of its own.</summary>
[TestFixture]
internal sealed class ClientModuleTests
{
    private static readonly string Assembly = typeof(IngressApplication).Assembly.Location;

    [Test, CancelAfter(120_000)]
    public async Task Module_InNode_KeepsItsPromises(CancellationToken cancellationToken) =>
        await RunAsync(cancellationToken, "run-scenarios.mjs", "node", Assembly);

    [Test, CancelAfter(120_000)]
    public async Task Module_InChromium_KeepsItsPromises(CancellationToken cancellationToken)
    {
        Chromium.IgnoreWithout();
        await RunAsync(cancellationToken, "run-scenarios.mjs", "chromium", Assembly);
    }

    [Test, CancelAfter(120_000)]
    public async Task Playground_DrivenByAPerson_ShowsTheServiceAtWork(CancellationToken cancellationToken)
    {
        Chromium.IgnoreWithout();
        await RunAsync(cancellationToken, "playground.mjs", Assembly);
    }

    private static async Task RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var node = await NodeFolder.GetAsync(cancellationToken);
        (await node.NodeAsync(cancellationToken, arguments)).Should().EndWith("all passed\n").And.NotContain("FAIL");
    }
}
