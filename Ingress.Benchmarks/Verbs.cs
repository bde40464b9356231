using Ingress.Benchmarks.Latency;
using Ingress.Benchmarks.Load;
using Ingress.Benchmarks.Micro;
using Ingress.Benchmarks.Scaling;
using Ingress.Benchmarks.Start;

namespace Ingress.Benchmarks;

/// <summary>What the binary can do, by its first argument.</summary>
internal static class Verbs
{
    /// <summary>What the binary says of itself; the documentation is held to it.</summary>
    internal const string Usage = """
        micro    [--filter '*Parse*', and BenchmarkDotNet's other options]
                                              the parts, one by one: time and allocations
        load     [--rounds N] [--seconds N] [--scenarios A,B] [--service PATH]
                                              the service beside a bare acknowledger, as Markdown
        latency  [--seconds N] [--only A,B]   what the service adds to a request's way, as Markdown
        scaling  [--seconds N] [--svg PATH]   from zero workers under a burst, three ways, as Markdown
        start    [--rounds N] [--builds NAME=PATH,NAME=PATH] [--settings all]
                                              from the start of the process to the first acknowledgement, as Markdown
        ack-server, load-client               parts of load, started by it
        """;

    /// <summary>Runs a verb.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var rest = args.Length == 0 ? [] : args[1..];
        switch (args.FirstOrDefault())
        {
            case "micro":
                return MicroCommand.Run(rest);
            case "load":
                return await LoadCommand.RunAsync(new Arguments(rest));
            case "latency":
                return await LatencyCommand.RunAsync(new Arguments(rest));
            case "scaling":
                return await ScalingCommand.RunAsync(new Arguments(rest));
            case "start":
                return await StartCommand.RunAsync(new Arguments(rest));
            case "ack-server":
                return await AckServer.RunAsync();
            case "load-client":
                return await LoadClient.RunAsync(new Arguments(rest));
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 64;
        }
    }
}
