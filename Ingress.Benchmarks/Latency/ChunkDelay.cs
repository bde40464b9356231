using System.Diagnostics;
using System.Text;
using Ingress.Benchmarks.Reporting;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Benchmarks.Latency;

/// <summary>How long a chunk takes through the service.</summary>
internal static class ChunkDelay
{
    private const int Streams = 1_000;
    private const int PerSecond = 5_000;

    public static async Task<Finding> MeasureAsync(TimeSpan time)
    {
        var service = await InProcessService.StartAsync();
        var server = new UriBuilder(service.Web.Urls.First()) { Scheme = "ws", Path = "/ws" }.Uri;
        var clients = Enumerable.Range(0, Streams).Select(static _ => new StampedClient()).ToArray();
        var times = new LatencyHistogram();
        foreach (var client in clients)
        {
            await client.OpenAsync(server);
            _ = client.ReadAsync(times);
        }

        var jobs = await RunningStreams.TakeOverAsync(service, Streams);
        await FeedAsync(jobs, time / 4);
        lock (times)
        {
            times.Clear();
        }

        await FeedAsync(jobs, time);
        string described;
        lock (times)
        {
            described = Figures.Describe(times);
        }

        Array.ForEach(clients, static client => client.Dispose());
        await InProcessService.StopAsync(service);
        return new Finding(
            $"chunk read → frame sent, {Streams:N0} streams, {PerSecond:N0} chunks/s",
            described,
            "p99 ≤ 2 ms",
            "from the job's observer (after RunPod's answer was parsed) to the client's own read in this process: an upper bound, since the way over the socket and the client's turn are in it");
    }

    private static async Task FeedAsync(IJobObserver[] jobs, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var count = 0;
        while (Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < time)
        {
            for (; count < elapsed.TotalSeconds * PerSecond; count++)
            {
                jobs[count % jobs.Length].OnOutput(Encoding.UTF8.GetBytes($"\"{Stopwatch.GetTimestamp()}\""));
            }

            await Task.Delay(1);
        }
    }
}
