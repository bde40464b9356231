using Ingress.Api.Hosting;
using Ingress.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ingress.Tests.Api;

[TestFixture]
internal sealed class FaultTests
{
    [TestCase(true, ExitCode.Failure)]
    [TestCase(false, ExitCode.Success)]
    [CancelAfter(20_000)]
    public async Task WaitForEnd_BackgroundServiceFaults_GivesAFailure(bool faults, int expected, CancellationToken cancellationToken)
    {
        using var logs = new CapturedLogs();
        await using var application = await IngressServer.CreateAsync(
            logs, builder => builder.Services.AddHostedService(provider => new Ending(faults, provider.GetRequiredService<IHostApplicationLifetime>())));
        await application.StartAsync();

        (await application.WaitForEndAsync().WaitAsync(cancellationToken)).Should().Be(expected);
    }

    private sealed class Ending(bool faults, IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Delay(Timeout.Infinite, lifetime.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (faults)
            {
                throw new InvalidOperationException("A bug.");
            }

            lifetime.StopApplication();
        }
    }
}
