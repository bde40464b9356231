namespace Ingress.Tests.Client;

/// <summary>Cleans up after the tests of this namespace.</summary>
[SetUpFixture]
public sealed class ClientTestsSetUp
{
    [OneTimeTearDown]
    public void RemoveThePackages() => NodeFolder.Remove();
}
