using Ingress.Api.Hosting;

namespace Ingress.Tests;

/// <summary>
/// Has sockets served on the threads that poll for them, as the service does when it is a process of its own. Of effect only where the
/// runtime was told so before it made its first socket, which for a test's host is in the environment: else the pool serves them.
/// </summary>
[SetUpFixture]
public sealed class PollingThreadsSetUp
{
    [OneTimeSetUp]
    public void Enable() => PollingThreads.Enable();
}
