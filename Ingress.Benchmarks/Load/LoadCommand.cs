using System.Diagnostics;
using System.Text.Json;

namespace Ingress.Benchmarks.Load;

/// <summary>
/// Loads the service and the bare acknowledger in turn: scenario by scenario inside each round, a fresh server for each run, and who goes
/// first changes from round to round, so that both meet the same machine.
/// </summary>
internal static class LoadCommand
{
    /// <summary>Runs it and prints Markdown.</summary>
    public static async Task<int> RunAsync(Arguments args)
    {
        var service = args.Text("service", Path.Combine(AppContext.BaseDirectory, "Ingress.Api.dll"));
        var names = args.List("scenarios");
        var scenarios = LoadScenario.All.Where(scenario => names is null || names.Contains(scenario.Name)).ToArray();
        if (scenarios.Length == 0)
        {
            await Console.Error.WriteLineAsync($"There are: {string.Join(' ', LoadScenario.All.Select(static s => s.Name))}");
            return 64;
        }

        await Console.Out.WriteLineAsync(LoadReport.Conditions());
        var runs = new List<LoadRun>();
        for (var round = 0; round < args.Number("rounds", 3); round++)
        {
            foreach (var scenario in scenarios)
            {
                foreach (var isService in round % 2 == 0 ? new[] { false, true } : [true, false])
                {
                    var result = await MeasureAsync(scenario, isService ? service : null, args.Real("seconds", 2));
                    runs.Add(new LoadRun(scenario, round, isService, result));
                    await Console.Error.WriteLineAsync(
                        $"round {round + 1} {scenario.Name} {(isService ? "service" : "bare")}: {result.PerSecond:N0}/s {result.CpuMicroseconds:N1} us p99 {result.P99Microseconds:N0} us refused {result.Refused} failed {result.Failed}");
                }
            }
        }

        await Console.Out.WriteLineAsync(LoadReport.Write(runs));
        return 0;
    }

    /// <summary>Measures one server once.</summary>
    /// <param name="scenario">How.</param>
    /// <param name="service">The service's binary; null for the bare acknowledger.</param>
    /// <param name="seconds">For how long.</param>
    public static async Task<LoadResult> MeasureAsync(LoadScenario scenario, string? service, double seconds)
    {
        using var server = service is null ? await ServerProcess.StartAcknowledgerAsync() : await ServerProcess.StartServiceAsync(service);
        var start = ChildProcess.Describe(1, ChildProcess.Self, ["load-client", .. scenario.Arguments(server, seconds)]);
        if (scenario.Kind != LoadKind.Churn)
        {
            // One thread that watches the sockets and answers at once: the cheapest client, so that the server is what is measured.
            start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
            start.Environment["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1";
        }

        using var client = Process.Start(start)!;
        var line = await client.StandardOutput.ReadToEndAsync();
        await client.WaitForExitAsync();
        return client.ExitCode == 0
            ? JsonSerializer.Deserialize(line, LoadJsonContext.Default.LoadResult)!
            : throw new InvalidOperationException($"The load client ended with {client.ExitCode} in {scenario.Name}.");
    }
}
