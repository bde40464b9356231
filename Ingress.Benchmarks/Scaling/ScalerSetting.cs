using Ingress.RunPod.Simulation;

namespace Ingress.Benchmarks.Scaling;

/// <summary>How the simulated endpoint grows.</summary>
internal sealed record ScalerSetting(string Name, SimulatedScaler Scaler, int RequestCount)
{
    public const int MaxWorkers = 5;

    public static IReadOnlyList<ScalerSetting> All { get; } =
    [
        new("queue delay 4 s", SimulatedScaler.QueueDelay, 1),
        new("request count 1", SimulatedScaler.RequestCount, 1),
        new("request count 4", SimulatedScaler.RequestCount, 4),
    ];

    public SimulatorOptions Options() => new()
    {
        MaxWorkers = MaxWorkers,
        ColdStart = TimeSpan.FromSeconds(10),
        IdleTimeout = TimeSpan.FromSeconds(5),
        Scaler = Scaler,
        RequestCount = RequestCount,
        QueueDelay = TimeSpan.FromSeconds(4),
    };
}
