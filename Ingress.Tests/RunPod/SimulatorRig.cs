using System.Diagnostics.Metrics;
using System.Text;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Ingress.RunPod.Simulation;
using Ingress.RunPod.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ingress.Tests.RunPod;

/// <summary>A backend against the simulator in real time, and a queue in front of it that forwards as the pipeline does.</summary>
internal sealed class SimulatorRig : IAsyncDisposable, IDemand
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private int _waiting;

    private SimulatorRig(RunningSimulator simulator, RunPodOptions options)
    {
        Simulator = simulator;
        options.BaseUrl = simulator.BaseUrl.ToString();
        options.EndpointId = "ep1";
        options.ApiKey = "key";
        var metrics = new RunPodMetrics(_services.GetRequiredService<IMeterFactory>(), TimeProvider.System);
        Backend = new RunPodBackend(EndpointSettings.From(options)[0], metrics, TimeProvider.System, NullLoggerFactory.Instance);
        metrics.Show([Backend]);
        Backend.Attach(this);
        Backend.Start();
    }

    public RunningSimulator Simulator { get; }

    public RunPodBackend Backend { get; }

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public int Waiting => Volatile.Read(ref _waiting);

    public long? OldestSince => null;

    public EndpointStats Stats => Simulator.Engine.Endpoint("ep1").Stats();

    public static async Task<SimulatorRig> StartAsync(SimulatorOptions simulated, RunPodOptions options) =>
        new(await SimulatorHost.StartAsync(simulated, "http://127.0.0.1:0"), options);

    /// <summary>Forwards jobs in order, each as soon as there is room, and follows them.</summary>
    public async Task<IReadOnlyList<(JobEnd End, RecordingObserver Seen)>> ForwardAsync(
        int count, Func<int, string> input, Action<IJobSlot>? onSent = null, CancellationToken abandoned = default)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        Interlocked.Add(ref _waiting, count);
        Backend.DemandChanged();
        var following = new List<Task<(JobEnd, RecordingObserver)>>();
        for (var i = 0; i < count; i++)
        {
            var slot = await Backend.AcquireSlotAsync(cancellationToken);
            var handover = slot.Submit(new JobSubmission(Encoding.UTF8.GetBytes(input(i)), default, null));
            Interlocked.Decrement(ref _waiting);
            onSent?.Invoke(slot);
            following.Add(FollowAsync(slot, handover.Answer, abandoned));
            await handover.Sent;
        }

        return await Task.WhenAll(following).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Backend.StopAsync(soon.Token);
        Backend.Dispose();
        await Simulator.DisposeAsync();
        await _services.DisposeAsync();
    }

    private static async Task<(JobEnd, RecordingObserver)> FollowAsync(IJobSlot slot, Task<SubmitResult> answer, CancellationToken abandoned)
    {
        (await answer).Outcome.Should().Be(SubmitOutcome.Accepted);
        var observer = new RecordingObserver();
        var end = await slot.FollowAsync(observer, abandoned);
        slot.Release();
        return (end, observer);
    }
}
