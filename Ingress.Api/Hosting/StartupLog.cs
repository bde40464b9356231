using Ingress.RunPod.Simulation;

namespace Ingress.Api.Hosting;

/// <summary>What an operator should read before the first connection.</summary>
internal static partial class StartupLog
{
    /// <summary>Warns of keys that nothing reads.</summary>
    /// <param name="logger">Where to.</param>
    /// <param name="notices">One sentence for each.</param>
    public static void UnknownKeys(ILogger logger, IReadOnlyList<string> notices)
    {
        foreach (var notice in notices)
        {
            UnknownKey(logger, notice);
        }
    }

    /// <summary>Warns that no real GPU is behind the service.</summary>
    /// <param name="logger">Where to.</param>
    /// <param name="simulator">The simulator; null where there is none.</param>
    public static void Simulator(ILogger logger, RunningSimulator? simulator)
    {
        if (simulator is not null)
        {
            SimulatorRuns(logger, simulator.BaseUrl);
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "No RunPod endpoint is configured: running against the embedded simulator at {BaseUrl}. Set RunPod__EndpointId and RunPod__ApiKey to use a real one.",
        EventName = nameof(SimulatorRuns))]
    private static partial void SimulatorRuns(ILogger logger, Uri baseUrl);

    [LoggerMessage(2, LogLevel.Warning, "{Notice}", EventName = nameof(UnknownKey))]
    private static partial void UnknownKey(ILogger logger, string notice);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "THE DOOR IS OPEN: whoever reaches this port may use the GPUs, since neither Auth:ApiKeys nor Auth:Jwt is set in the environment {Environment}.",
        EventName = nameof(DoorIsOpen))]
    public static partial void DoorIsOpen(ILogger logger, string environment);
}
