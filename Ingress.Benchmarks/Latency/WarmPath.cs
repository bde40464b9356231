using System.Diagnostics;

namespace Ingress.Benchmarks.Latency;

/// <summary>Requests that find a free worker.</summary>
internal static class WarmPath
{
    private const int Workers = 50;
    private const int PerSecond = 500;
    private const string Request = """{"type":"request","input":{"prompt":"x","simulate":{"chunks":1,"chunkDelayMs":0}}}""";

    public static async Task<Finding> MeasureAsync(TimeSpan time)
    {
        await using var simulator = await WarmEndpoint.StartAsync(Workers);
        var service = await InProcessService.StartAsync(WarmEndpoint.Settings(simulator, Workers));
        using var sent = new InstrumentTap("ingress.idle_capacity.wait.duration");
        using var taken = new InstrumentTap("ingress.queue.wait.duration");
        using (var clients = new StudyClients(service, 20))
        {
            await SendAsync(clients, TimeSpan.FromSeconds(4));
            sent.Clear();
            taken.Clear();
            await SendAsync(clients, time);
        }

        await InProcessService.StopAsync(service);
        return new Finding(
            $"request received → `/run` sent, workers idle, {PerSecond} requests/s",
            $"{sent.Describe()} (until RunPod's answer was read: {taken.Describe()})",
            "p50 ≤ 0.5 ms, p99 ≤ 2 ms",
            "from the parsed message to the return of the call that sends `/run` (the service's `ingress.idle_capacity.wait.duration`, value by value); clients, service and simulator share this process and its cores");
    }

    private static async Task SendAsync(StudyClients clients, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var count = 0;
        while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < time)
        {
            for (; count < elapsed.TotalSeconds * PerSecond; count++)
            {
                clients.Send(Request);
            }

            await Task.Delay(1);
        }
    }
}
