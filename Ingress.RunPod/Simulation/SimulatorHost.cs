using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ingress.RunPod.Simulation;

/// <summary>Starts simulators.</summary>
public static class SimulatorHost
{
    /// <summary>
    /// Starts a simulator with a web server of its own. It reads no configuration and no environment, and leaves signals to its host.
    /// </summary>
    /// <param name="options">The settings; copied, so later changes have no effect.</param>
    /// <param name="url">Where to listen, <c>http://127.0.0.1:8090</c>; port 0 takes a free one.</param>
    /// <param name="loggerFactory">Where it logs; not disposed. Null logs nowhere.</param>
    /// <param name="timeProvider">What its time is; null is the system's.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <returns>The running simulator; dispose it to stop it.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; the message names them all.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<RunningSimulator> StartAsync(
        SimulatorOptions options,
        string url,
        ILoggerFactory? loggerFactory = null,
        TimeProvider? timeProvider = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(url);
        var problems = string.Join(Environment.NewLine, SimulatorOptions.Validate(options));
        if (problems.Length > 0)
        {
            throw new ArgumentException(problems, nameof(options));
        }

        var loggers = loggerFactory ?? NullLoggerFactory.Instance;
        var logger = loggers.CreateLogger(typeof(SimulatorHost).FullName!);
        var simulator = new Simulator(options, timeProvider ?? TimeProvider.System);
        var app = Build(url, new QuietLoggerFactory(loggers));
        SimulatorRoutes.Map(app, simulator, logger);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            simulator.Dispose();
            throw;
        }

        var address = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        SimulatorLog.Listening(logger, address);
        return new RunningSimulator(app, simulator, new Uri(address));
    }

    // The empty builder: a simulator inside the service must not read the service's appsettings, Kestrel section or ASPNETCORE_URLS.
    private static WebApplication Build(string url, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Ingress.Simulator" });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, HostLifetimeOfItsOwner>();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.WebHost.UseUrls(url);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // RunPod answers 400 to what is too large, not Kestrel's 413
        });
        return builder.Build();
    }
}
