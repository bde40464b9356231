using System.Diagnostics;
using Ingress.RunPod.Simulation;

namespace Ingress.Benchmarks.Scaling;

/// <summary>One gate before one endpoint, from the burst to the last answer.</summary>
internal sealed class Trial(GateKind kind, ScalerSetting setting, TimeSpan limit)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private readonly List<Moment> _moments = [];

    public GateKind Kind => kind;

    public ScalerSetting Setting => setting;

    public IReadOnlyList<Moment> Moments => _moments;

    /// <summary>Gets when a worker had made the first output; null if none did in time.</summary>
    public TimeSpan? FirstOutput { get; private set; }

    /// <summary>Gets when the last job was completed; null if not in time.</summary>
    public TimeSpan? AllDone { get; private set; }

    /// <summary>Gets how long the workers were up, all together, until the last one had idled out.</summary>
    public TimeSpan Billed { get; private set; }

    public async Task RunAsync()
    {
        await using var simulator = await SimulatorHost.StartAsync(setting.Options(), "http://127.0.0.1:0");
        await using var gate = await OpenAsync(simulator.BaseUrl);
        var endpoint = simulator.Engine.Endpoint("study");
        var start = Stopwatch.GetTimestamp();
        await gate.SendAsync(Job.Count);
        while (AllDone is null && Stopwatch.GetElapsedTime(start) < limit)
        {
            Look(endpoint, gate, Stopwatch.GetElapsedTime(start));
            await Task.Delay(Step);
        }

        await WaitForRestAsync(endpoint);
        Billed = endpoint.Stats().Billed;
    }

    /// <summary>Gives what was seen at a time, or last before it.</summary>
    public Moment At(TimeSpan time) => _moments.LastOrDefault(moment => moment.At <= time);

    private static async Task WaitForRestAsync(SimulatedEndpoint endpoint)
    {
        for (var i = 0; i < 40 && endpoint.Stats().Counts.Workers.Running > 0; i++)
        {
            await Task.Delay(Step);
        }
    }

    private async Task<IGate> OpenAsync(Uri runPod) => kind == GateKind.Service
        ? await ServiceGate.StartAsync(runPod, setting)
        : new SimpleGate(runPod, waitsForIdle: kind == GateKind.WaitsForIdle);

    private void Look(SimulatedEndpoint endpoint, IGate gate, TimeSpan now)
    {
        var counts = endpoint.Stats().Counts;
        var workers = counts.Workers;
        _moments.Add(new Moment(
            now, gate.Waiting, counts.InQueue, counts.InProgress, workers.Running, workers.Initializing, workers.Idle, gate.FreeSlots, counts.Completed));
        if (FirstOutput is null && counts.InProgress > 0 && endpoint.Jobs().Any(static job => job.ChunksMade > 0))
        {
            FirstOutput = now;
        }

        if (counts.Completed == Job.Count)
        {
            AllDone = now;
        }
    }
}
