using Ingress.Api.Hosting;
using Ingress.Pipeline.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ingress.Benchmarks.Latency;

/// <summary>The whole service in this process, for what only its inside can tell.</summary>
internal static class InProcessService
{
    private static readonly (string Key, string Value)[] Always =
    [
        ("environment", "Production"), ("urls", "http://127.0.0.1:0"),
        ("RunPod:BaseUrl", "http://127.0.0.1:1"), ("RunPod:EndpointId", "study"), ("RunPod:ApiKey", "none"),
        ("Queue:Capacity", "1000000"), ("WebSocket:MaxConnections", "100000"), ("Shutdown:DrainTimeout", "00:00:01"),
    ];

    /// <summary>Starts it on a free port.</summary>
    /// <param name="settings">Configuration; without any, its endpoint is not there.</param>
    public static async Task<IngressApplication> StartAsync(params (string Key, string Value)[] settings)
    {
        string[] args = [.. Always.Concat(settings).Select(static setting => $"--{setting.Key}={setting.Value}")];
        var service = await IngressApplication.CreateAsync(args, static builder => builder.Logging.ClearProviders());
        await service.StartAsync();
        return service;
    }

    /// <summary>Stops it without waiting for what still runs.</summary>
    public static async Task StopAsync(IngressApplication service)
    {
        service.Web.Services.GetRequiredService<DrainCoordinator>().Hurry();
        await service.Web.StopAsync();
        await service.DisposeAsync();
    }
}
