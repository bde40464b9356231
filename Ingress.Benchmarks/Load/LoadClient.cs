using System.Text.Json;

namespace Ingress.Benchmarks.Load;

/// <summary>The load client's own process.</summary>
internal static class LoadClient
{
    /// <summary>Runs one plan and prints its result as a line of JSON.</summary>
    public static async Task<int> RunAsync(Arguments args)
    {
        var plan = LoadPlan.Read(args);
        var result = plan.Kind switch
        {
            LoadKind.Closed => ClosedLoop.Run(plan),
            LoadKind.Open => OpenLoop.Run(plan),
            LoadKind.Idle => IdleHold.Run(plan),
            _ => Churn.Run(plan),
        };
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, LoadJsonContext.Default.LoadResult));
        return 0;
    }
}
