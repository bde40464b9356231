using Ingress.RunPod.Simulation;
using Ingress.Tests.Simulation.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class SimulatorHostTests
{
    [Test, CancelAfter(20_000)]
    public async Task StartAsync_BadOptions_ThrowsWithEveryMessage(CancellationToken cancellationToken)
    {
        var options = new SimulatorOptions { MaxWorkers = -1, RequestCount = 0 };

        var start = () => SimulatorHost.StartAsync(options, "http://127.0.0.1:0", cancellationToken: cancellationToken);

        (await start.Should().ThrowAsync<ArgumentException>()).Which.Message.Should().Contain("MaxWorkers").And.Contain("RequestCount");
    }

    [Test, CancelAfter(20_000)]
    public async Task StartAsync_AddressInUse_Throws(CancellationToken cancellationToken)
    {
        await using var first = await SimulatorHost.StartAsync(new(), "http://127.0.0.1:0", cancellationToken: cancellationToken);

        var second = () => SimulatorHost.StartAsync(new(), first.Address.ToString(), cancellationToken: cancellationToken);

        await second.Should().ThrowAsync<IOException>();
    }

    [Test, CancelAfter(20_000)]
    public async Task StartAsync_FreePort_GivesTheBaseUrlThatClientsNeed(CancellationToken cancellationToken)
    {
        await using var running = await SimulatorHost.StartAsync(new(), "http://127.0.0.1:0", cancellationToken: cancellationToken);

        running.BaseUrl.Should().Be(new Uri($"http://127.0.0.1:{running.Address.Port}/v2"));
        running.Address.Port.Should().NotBe(0);
    }

    [Test, CancelAfter(20_000)]
    public async Task StartAsync_WithLoggers_LogsItsOwnLinesAndNoneForEachRequest(CancellationToken cancellationToken)
    {
        using var provider = new FakeLoggerProvider();
        using var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(provider));
        await using (var running = await SimulatorHost.StartAsync(new(), "http://127.0.0.1:0", loggers, cancellationToken: cancellationToken))
        {
            using var http = new HttpClient();
            await http.GetStringAsync(new Uri(running.Address, "/healthz"), cancellationToken);
        }

        provider.Collector.GetSnapshot().Select(record => record.Message)
            .Should().ContainSingle().Which.Should().StartWith("Simulated RunPod listening on http://127.0.0.1:");
    }

    [Test, CancelAfter(20_000)]
    public async Task WaitForShutdownAsync_TokenFires_Returns(CancellationToken cancellationToken)
    {
        await using var server = await SimulatorServer.StartAsync();
        using var stop = new CancellationTokenSource();
        var waiting = server.Running.WaitForShutdownAsync(stop.Token);
        waiting.IsCompleted.Should().BeFalse();

        await stop.CancelAsync();

        await waiting.WaitAsync(cancellationToken);
    }
}
