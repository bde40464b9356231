using System.Net.WebSockets;
using System.Text;
using Ingress.Api.Hosting;
using Ingress.Benchmarks.Latency;
using Ingress.Pipeline.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace Ingress.Benchmarks.Scaling;

/// <summary>The whole service, with a connection for each request.</summary>
internal sealed class ServiceGate : IGate
{
    private readonly IngressApplication _service;
    private readonly List<ClientWebSocket> _clients = [];

    private ServiceGate(IngressApplication service) => _service = service;

    public int Waiting => Lane.Length;

    public int? FreeSlots => Lane.Backend.FreeSlots;

    private LaneStatus Lane => _service.Web.Services.GetRequiredService<PipelineOperations>().Status().Lanes[0];

    public static async Task<IGate> StartAsync(Uri runPod, ScalerSetting setting) => new ServiceGate(await InProcessService.StartAsync(
        ("RunPod:BaseUrl", runPod.AbsoluteUri),
        ("RunPod:MaxWorkers", $"{ScalerSetting.MaxWorkers}"),
        ("RunPod:ScalerRequestCount", $"{setting.RequestCount}")));

    public async Task SendAsync(int count)
    {
        var address = new UriBuilder(_service.Web.Urls.First()) { Scheme = "ws", Path = "/ws" }.Uri;
        for (var i = 0; i < count; i++)
        {
            var client = new ClientWebSocket();
            await client.ConnectAsync(address, CancellationToken.None);
            _clients.Add(client);
        }

        var request = Encoding.UTF8.GetBytes($$"""{"input":{{Job.Input}}}""");
        foreach (var client in _clients)
        {
            await client.SendAsync(request, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            _ = ReadOnAsync(client);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        await InProcessService.StopAsync(_service);
    }

    private static async Task ReadOnAsync(ClientWebSocket client)
    {
        var buffer = new byte[1024];
        try
        {
            while ((await client.ReceiveAsync(buffer, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
                // A client that does not read would be cut off.
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The study is over.
        }
    }
}
