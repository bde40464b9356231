namespace Ingress.RunPod.Simulation;

/// <summary>The operations' names: the part of the route after the endpoint id.</summary>
internal static class SimulatedOperations
{
    public static readonly string[] Names =
    [
        "run", "runsync", "status", "status-sync", "stream", "cancel", "retry", "purge-queue", "health", "metrics",
        "job-take", "job-take-batch", "job-stream", "job-done", "job-stop", "ping",
    ];

    public static int Count => Names.Length;

    public static string Name(this SimulatedOperation operation) => Names[(int)operation];

    public static bool TryParse(string? name, out SimulatedOperation operation)
    {
        operation = (SimulatedOperation)Array.FindIndex(Names, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));
        return (int)operation >= 0;
    }
}
