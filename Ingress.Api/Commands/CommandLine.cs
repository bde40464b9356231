using Ingress.Api.Configuration;
using Ingress.Api.Hosting;
using Ingress.Api.Send;

namespace Ingress.Api.Commands;

/// <summary>What the binary can do: serve, or the verb that its first argument names.</summary>
internal static class CommandLine
{
    /// <summary>The verbs; without one the service runs.</summary>
    private static readonly Dictionary<string, Func<string[], Task<int>>> Verbs = new(StringComparer.Ordinal)
    {
        ["simulator"] = SimulatorCommand.RunAsync,
        ["healthcheck"] = HealthCheckCommand.RunAsync,
        ["send"] = SendCommand.RunAsync,
        ["help"] = HelpCommand.RunAsync,
    };

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="args">The process's arguments.</param>
    /// <returns>The exit code: see <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--help" or "-h", ..])
        {
            return await HelpCommand.RunAsync(args);
        }

        var isSetting = args is [['-' or '/', ..] or [], ..] || (args.Length > 0 && args[0].Contains('=', StringComparison.Ordinal));
        var (run, rest) = args.Length == 0 || isSetting
            ? (ServeCommand.RunAsync, args)
            : (Verbs.GetValueOrDefault(args[0]), args[1..]);
        if (run is null)
        {
            await Console.Error.WriteLineAsync(
                $"'{args[0]}' is unknown: give no verb to run the service, or one of {string.Join(", ", Verbs.Keys.Order())}.");
            return ExitCode.Usage;
        }

        try
        {
            return await run(rest);
        }
        catch (ConfigurationProblemException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Configuration;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync($"Infra Ingress cannot start: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
