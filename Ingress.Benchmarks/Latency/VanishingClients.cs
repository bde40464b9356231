using System.Diagnostics;
using System.Globalization;
using Ingress.Api.Hosting;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Queueing;
using Microsoft.Extensions.DependencyInjection;

namespace Ingress.Benchmarks.Latency;

/// <summary>5,000 clients with two queued requests each leave at once.</summary>
internal static class VanishingClients
{
    private const int Clients = 5_000;
    private static readonly TimeSpan PoolsTrim = TimeSpan.FromSeconds(5);
    private static readonly string Request = $$"""{"messages":[{"role":"user","content":"{{new string('a', 1024)}}"}]}""";

    public static async Task<Finding> MeasureAsync(TimeSpan time)
    {
        var service = await InProcessService.StartAsync();
        await RoundAsync(service, time); // code is compiled and pools are filled
        await Task.Delay(PoolsTrim);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var (sinceFirst, sinceLast, closed, held) = await RoundAsync(service, time);
        await Task.Delay(PoolsTrim);
        GC.Collect();
        var after = GC.GetTotalMemory(forceFullCollection: false);
        await InProcessService.StopAsync(service);
        return new Finding(
            $"{2 * Clients:N0} queued requests of {Clients:N0} connections that vanish at once: all places free",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{sinceLast.TotalMilliseconds:N0} ms after the last reset, {sinceFirst.TotalMilliseconds:N0} ms after the first (all sockets closed: {closed.TotalMilliseconds:N0} ms); managed heap {before / 1e6:N1} MB before, {held / 1e6:N1} MB queued, {after / 1e6:N1} MB after one full collection"),
            "100 ms; memory back",
            "from the client's reset of its sockets (one after the other, in this process) to the queue's length and bytes being zero; memory 5 s later, when the pools of the network's buffers have given back what nobody asked for");
    }

    private static async Task<(TimeSpan SinceFirst, TimeSpan SinceLast, TimeSpan Closed, long Held)> RoundAsync(IngressApplication service, TimeSpan limit)
    {
        var queue = service.Web.Services.GetRequiredService<LaneCatalog>().All[0].Queue;
        var clients = new StudyClients(service, Clients, subprotocol: "");
        for (var i = 0; i < 2 * Clients; i++)
        {
            clients.Send(Request);
        }

        await UntilAsync(() => queue.Length == 2 * Clients, limit);
        var held = GC.GetTotalMemory(forceFullCollection: true);
        var first = Stopwatch.GetTimestamp();
        clients.Abort();
        var last = Stopwatch.GetTimestamp();
        await UntilAsync(() => queue.Length == 0 && queue.Bytes == 0, limit);
        var (sinceFirst, sinceLast) = (Stopwatch.GetElapsedTime(first), Stopwatch.GetElapsedTime(last));
        var connections = service.Web.Services.GetRequiredService<ConnectionHandler>();
        await UntilAsync(() => connections.Active == 0, limit);
        return (sinceFirst, sinceLast, Stopwatch.GetElapsedTime(first), held);
    }

    private static async Task UntilAsync(Func<bool> holds, TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException("What was waited for did not happen.");
            }

            await Task.Delay(1);
        }
    }
}
