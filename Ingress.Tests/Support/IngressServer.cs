using Ingress.Api.Hosting;
using Ingress.Pipeline.Operations;
using Ingress.Pipeline.Lifecycle;
using Ingress.RunPod.Simulation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Support;

/// <summary>
/// The whole service in this process, on real Kestrel and a free port. By default in Development against the embedded simulator, which is
/// made quick here; every setting can be overridden. What it logs is captured.
/// </summary>
internal sealed class IngressServer : IAsyncDisposable
{
    private static readonly (string Key, string? Value)[] Quick =
    [
        ("Simulator:ColdStart", "00:00:00.02"),
        ("Simulator:HealthLag", "00:00:00"),
        ("Simulator:QueueDelay", "00:00:00.1"),
        ("Simulator:ChunkDelay", "00:00:00.005"),
        ("Simulator:JobDuration", "00:00:00.02"),
        ("RunPod:PollInterval", "00:00:00.1"),
        ("Shutdown:DrainTimeout", "00:00:05"),
    ];

    private readonly IngressApplication _application;

    private IngressServer(IngressApplication application, CapturedLogs logs)
    {
        _application = application;
        Logs = logs;
        Address = new Uri(application.Web.Urls.First());
        WebSocketAddress = new UriBuilder(Address) { Scheme = Address.Scheme == Uri.UriSchemeHttps ? "wss" : "ws", Path = "/ws" }.Uri;
        Http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null, // a client elsewhere would not hand this process's trace over either
        }) { BaseAddress = Address };
    }

    /// <summary>Gets the base address, <c>http://127.0.0.1:port/</c>.</summary>
    public Uri Address { get; }

    /// <summary>Gets the WebSocket's address, <c>ws://127.0.0.1:port/ws</c>.</summary>
    public Uri WebSocketAddress { get; }

    /// <summary>Gets a client for the plain routes.</summary>
    public HttpClient Http { get; }

    /// <summary>Gets what the service has logged.</summary>
    public CapturedLogs Logs { get; }

    /// <summary>Gets the service's parts.</summary>
    public IServiceProvider Services => _application.Web.Services;

    /// <summary>Gets the embedded simulator; null where the settings name a RunPod endpoint.</summary>
    public RunningSimulator? Simulator => _application.Simulator;

    /// <summary>Starts the service.</summary>
    /// <param name="settings">Configuration keys and values; those given here win.</param>
    public static Task<IngressServer> StartAsync(params (string Key, string? Value)[] settings) => StartAsync(null, settings);

    /// <summary>Starts the service.</summary>
    /// <param name="customise">Changes the builder, for instance replaces a service, before the application's own parts are added.</param>
    /// <param name="settings">Configuration keys and values; those given here win. <c>environment</c> is one of them.</param>
    public static async Task<IngressServer> StartAsync(
        Action<WebApplicationBuilder>? customise, params (string Key, string? Value)[] settings)
    {
        var logs = new CapturedLogs();
        var application = await CreateAsync(logs, customise, settings);
        try
        {
            await application.Web.StartAsync();
            return new IngressServer(application, logs);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts the service together as <see cref="StartAsync(ValueTuple{string, string}[])"/> does, without starting it.</summary>
    /// <param name="logs">Where its logs go.</param>
    /// <param name="customise">Changes the builder.</param>
    /// <param name="settings">Configuration keys and values.</param>
    public static Task<IngressApplication> CreateAsync(
        CapturedLogs logs, Action<WebApplicationBuilder>? customise, params (string Key, string? Value)[] settings)
    {
        (string Key, string? Value)[] always = [("environment", "Development"), ("urls", "http://127.0.0.1:0")];

        // The command line is the strongest source, and of two equal keys there the later one wins.
        string[] args = [.. always.Concat(Quick).Concat(settings).Select(static setting => $"--{setting.Key}={setting.Value}")];
        return IngressApplication.CreateAsync(args, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(logs);
            customise?.Invoke(builder);
        });
    }

    /// <summary>Connects a client.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="subprotocol">What it offers; null offers none.</param>
    public Task<TestClient> ConnectAsync(CancellationToken cancellationToken, string? subprotocol = TestClient.V1) =>
        TestClient.ConnectAsync(WebSocketAddress, cancellationToken, subprotocol);

    /// <summary>Gets one of the service's parts.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>Waits until the pipeline is in a state.</summary>
    /// <param name="reached">Tells whether it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitForAsync(Func<PipelineStatus, bool> reached, CancellationToken cancellationToken)
    {
        while (!reached(Get<PipelineOperations>().Status()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Drains and stops the service, as a signal would.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task StopAsync(CancellationToken cancellationToken) => _application.Web.StopAsync(cancellationToken);

    /// <summary>Stops the service if it runs, without waiting for requests that still do.</summary>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Get<DrainCoordinator>().Hurry();
        await _application.Web.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }
}
