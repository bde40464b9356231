using Ingress.RunPod.Simulation;

namespace Ingress.Benchmarks.Scaling;

/// <summary>How the simulated endpoint grows.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Scaler">The endpoint's rule.</param>
/// <param name="RequestCount">
/// Requests for each worker: of the endpoint's rule, and what the service is told. Under queue delay the endpoint does not look at it; the
/// service then only lets more jobs ahead.
/// </param>
internal sealed record ScalerSetting(string Name, SimulatedScaler Scaler, int RequestCount)
{
    public const int MaxWorkers = 5;

    public static IReadOnlyList<ScalerSetting> All { get; } =
    [
        new("queue delay 4 s", SimulatedScaler.QueueDelay, 1),
        new("queue delay 4 s, `RunPod:ScalerRequestCount` 4", SimulatedScaler.QueueDelay, 4),
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
