using Ingress.Api.Configuration;
using Ingress.Api.Simulation;
using Ingress.Api.Telemetry;
using Ingress.Pipeline;
using Ingress.RunPod;
using Ingress.RunPod.Simulation;

namespace Ingress.Api.Hosting;

/// <summary>
/// The service, put together the same way for the process, the tests and the benchmarks. Owns the web application and, in Development
/// without a RunPod endpoint, the simulator.
/// </summary>
internal sealed class IngressApplication : IAsyncDisposable
{
    private IngressApplication(WebApplication web, RunningSimulator? simulator)
    {
        Web = web;
        Simulator = simulator;
    }

    /// <summary>Gets the web application.</summary>
    public WebApplication Web { get; }

    /// <summary>Gets the embedded simulator; null where a RunPod endpoint is configured.</summary>
    public RunningSimulator? Simulator { get; }

    /// <summary>Puts the service together; nothing listens yet.</summary>
    /// <param name="args">Configuration, <c>--Section:Key=value</c>.</param>
    /// <param name="customise">Changes the builder before anything is read from it; for tests.</param>
    /// <returns>The service, which the caller disposes.</returns>
    /// <exception cref="ConfigurationProblemException">The configuration has to be mended first.</exception>
    public static async Task<IngressApplication> CreateAsync(string[] args, Action<WebApplicationBuilder>? customise = null)
    {
        // The settings lie beside the binary, wherever it is started from.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions
            {
                Args = args,
                ApplicationName = typeof(IngressApplication).Assembly.GetName().Name,
                ContentRootPath = AppContext.BaseDirectory,
            });
        customise?.Invoke(builder);
        var unknown = ConfigurationInspector.Inspect(builder.Configuration);
        var simulator = await EmbeddedSimulator.StartIfWantedAsync(builder);
        try
        {
            var web = Build(builder);
            StartupLog.UnknownKeys(web.Logger, unknown);
            StartupLog.Simulator(web.Logger, simulator);
            return new IngressApplication(web, simulator);
        }
        catch
        {
            await (simulator?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Starts to listen.</summary>
    /// <returns>A task that ends when the service is up.</returns>
    public Task StartAsync() => Web.StartAsync();

    /// <summary>Waits until the process is asked to end and the service has drained.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForEndAsync()
    {
        await Web.WaitForShutdownAsync();

        // The host stops when a background service faults, and then returns as if it had been asked to.
        var faulted = Web.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            .Any(static service => service.ExecuteTask is { IsFaulted: true });
        return faulted ? ExitCode.Failure : ExitCode.Success;
    }

    /// <summary>Frees what the service holds; its telemetry is sent first.</summary>
    public async ValueTask DisposeAsync()
    {
        await TelemetryFlush.ShutDownAsync(Web.Services);
        await Web.DisposeAsync();
        await (Simulator?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static WebApplication Build(WebApplicationBuilder builder)
    {
        builder.AddListener();
        builder.AddIngressPipeline();
        builder.AddRunPod();
        builder.AddFrontDoor();
        var web = ConfigurationProblemException.Validated(builder.Build);
        web.MapFrontDoor();
        return web;
    }
}
