using System.Reflection;

namespace Ingress.Tests.Architecture;

[TestFixture]
internal sealed class AssemblyReferenceTests
{
    [TestCase("Ingress.Api", "Ingress.Pipeline", "Ingress.RunPod")]
    [TestCase("Ingress.RunPod", "Ingress.Pipeline")]
    [TestCase("Ingress.Pipeline")]
    public void Assembly_OfOurs_RefersOnlyAlongTheArrows(string name, params string[] allowed)
    {
        var referred = Assembly.Load(name).GetReferencedAssemblies()
            .Select(static reference => reference.Name)
            .Where(static reference => reference!.StartsWith("Ingress.", StringComparison.Ordinal));

        referred.Should().BeEquivalentTo(allowed);
    }

    [TestCase("Ingress.Pipeline", "Refit")]
    [TestCase("Ingress.Pipeline", "OpenTelemetry")]
    [TestCase("Ingress.Pipeline", "Microsoft.AspNetCore.Http")]
    [TestCase("Ingress.Api", "Refit")]
    [TestCase("Ingress.RunPod", "OpenTelemetry")]
    public void Assembly_OfOurs_KeepsOutWhatBelongsElsewhere(string name, string foreign) =>
        Assembly.Load(name).GetReferencedAssemblies()
            .Should().NotContain(reference => reference.Name!.StartsWith(foreign, StringComparison.Ordinal));
}
