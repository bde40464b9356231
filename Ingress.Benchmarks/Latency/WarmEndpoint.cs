using Ingress.RunPod.Simulation;

namespace Ingress.Benchmarks.Latency;

/// <summary>A simulated endpoint whose workers are all up, without RunPod's rate limits, and a service in front of it.</summary>
internal static class WarmEndpoint
{
    public static Task<RunningSimulator> StartAsync(int workers) => SimulatorHost.StartAsync(
        new SimulatorOptions
        {
            MaxWorkers = workers,
            MinWorkers = workers,
            InitialIdleWorkers = workers,
            ColdStart = TimeSpan.Zero,
            HealthLag = TimeSpan.Zero,
            Limits = false,
        },
        "http://127.0.0.1:0");

    public static (string Key, string Value)[] Settings(RunningSimulator simulator, int workers) =>
    [
        ("RunPod:BaseUrl", simulator.BaseUrl.AbsoluteUri),
        ("RunPod:MaxWorkers", $"{workers}"),
        ("RunPod:Limits:RunRequests", "1000000"),
        ("RunPod:Limits:ReadRequests", "1000000"),
        ("Queue:MaxPendingPerConnection", "100000"),
    ];
}
