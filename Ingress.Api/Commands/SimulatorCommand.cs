using Ingress.Api.Configuration;
using Ingress.Api.Hosting;
using Ingress.Api.Simulation;
using Ingress.RunPod.Simulation;

namespace Ingress.Api.Commands;

/// <summary>Runs the simulator of RunPod alone.</summary>
internal static class SimulatorCommand
{
    private const string DefaultUrl = "http://*:8090";

    /// <summary>Runs the simulator until the process is asked to end.</summary>
    /// <param name="args"><c>--urls</c> and <c>--Simulator:Key=value</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        // Only for its configuration and logging, so that both are those of the service; its listener is never started.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var unknown = ConfigurationInspector.Inspect(builder.Configuration);
        await using var host = builder.Build();
        StartupLog.UnknownKeys(host.Logger, unknown);

        // Not the ports of ASPNETCORE_HTTP_PORTS: the base image sets those, for the service.
        var url = builder.Configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls ? urls : DefaultUrl;
        await using var simulator = await SimulatorHost.StartAsync(
            SimulatorSettings.Read(builder.Configuration), url, host.Services.GetRequiredService<ILoggerFactory>());
        await simulator.WaitForShutdownAsync();
        return ExitCode.Success;
    }
}
