using System.Diagnostics.Metrics;
using System.Text;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Ingress.RunPod.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.RunPod;

/// <summary>One backend against a scripted RunPod, with a clock that the test moves.</summary>
internal sealed class RunPodRig : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private RunPodRig(ScriptedRunPod server, RunPodOptions options)
    {
        Server = server;
        options.BaseUrl = server.BaseUrl;
        options.EndpointId ??= "ep1";
        options.ApiKey ??= "rpa_secret";
        Logs = new FakeLogCollector();
        _services = new ServiceCollection()
            .AddMetrics()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(Logs)))
            .BuildServiceProvider();
        Meters = _services.GetRequiredService<IMeterFactory>();
        Settings = EndpointSettings.From(options)[0];
        var metrics = new RunPodMetrics(Meters, Time);
        Backend = new RunPodBackend(Settings, metrics, Time, _services.GetRequiredService<ILoggerFactory>());
        metrics.Show([Backend]);
        Backend.Attach(Demand);
    }

    public ScriptedRunPod Server { get; }

    public RunPodBackend Backend { get; }

    public EndpointSettings Settings { get; }

    public FakeTimeProvider Time { get; } = new();

    public FakeDemand Demand { get; } = new();

    public FakeLogCollector Logs { get; }

    public IMeterFactory Meters { get; }

    public static async Task<RunPodRig> StartAsync(RunPodOptions? options = null, Action<ScriptedRunPod>? script = null)
    {
        var server = await ScriptedRunPod.StartAsync();
        script?.Invoke(server);
        var rig = new RunPodRig(server, options ?? new RunPodOptions());
        rig.Backend.Start();
        return rig;
    }

    public static JobSubmission Job(string input = """{"prompt":"hi"}""", JobPolicy policy = default, string? traceParent = null) =>
        new(Encoding.UTF8.GetBytes(input), policy, traceParent);

    /// <summary>Lets time pass, a little at a time, until something has happened.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> task, CancellationToken cancellationToken, int stepMs = 50)
    {
        await PassUntilAsync((Task)task, cancellationToken, stepMs);
        return await task;
    }

    public async Task PassUntilAsync(Task task, CancellationToken cancellationToken, int stepMs = 50)
    {
        while (!task.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromMilliseconds(stepMs));
            await Task.WhenAny(task, Task.Delay(2, cancellationToken)); // real time, for the sockets between the two ends
        }

        await task;
    }

    public Task PassUntilAsync(Func<bool> condition, CancellationToken cancellationToken, int stepMs = 50) =>
        PassUntilAsync(UntilAsync(condition, cancellationToken), cancellationToken, stepMs);

    public static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(2, cancellationToken);
        }
    }

    /// <summary>Follows one job of a scripted RunPod to its end, and sees that nothing of it is left.</summary>
    public static async Task<JobEnd> FollowAsync(IJobObserver observer, Action<ScriptedRunPod> script)
    {
        var cancellationToken = TestContext.CurrentContext.CancellationToken;
        await using var rig = await StartAsync(script: script);
        var slot = await rig.SubmitAsync(cancellationToken);
        var end = await rig.PassUntilAsync(slot.FollowAsync(observer, CancellationToken.None), cancellationToken);
        slot.Release();
        (rig.Backend.CountedSlots, rig.Backend.LiveSlots, rig.Backend.OpenCancels).Should().Be((0, 0, 0));
        return end;
    }

    /// <summary>Acquires a slot and hands a job over that RunPod takes.</summary>
    public async Task<IJobSlot> SubmitAsync(CancellationToken cancellationToken, JobSubmission? job = null)
    {
        var slot = await AcquireAsync(cancellationToken);
        var handover = slot.Submit(job ?? Job());
        (await handover.Answer.WaitAsync(cancellationToken)).Outcome.Should().Be(SubmitOutcome.Accepted);
        Demand.Waiting--;
        return slot;
    }

    public async Task<IJobSlot> AcquireAsync(CancellationToken cancellationToken)
    {
        Demand.Waiting++;
        Backend.DemandChanged();
        return await Backend.AcquireSlotAsync(cancellationToken).AsTask().WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await Backend.StopAsync(now.Token);
        Backend.Dispose();
        await Server.DisposeAsync();
        await _services.DisposeAsync();
    }
}
