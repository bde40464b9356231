using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Benchmarks.Latency;

/// <summary>Output as fast as it goes.</summary>
internal static class StreamRate
{
    private const int Streams = 1_000;
    private const int MostUnread = 50;
    private static readonly byte[] Chunk = Encoding.UTF8.GetBytes($"\"{new string('a', 126)}\"");

    public static async Task<Finding> MeasureAsync(TimeSpan time)
    {
        var service = await InProcessService.StartAsync();
        using var clients = new StudyClients(service, Streams);
        for (var i = 0; i < Streams; i++)
        {
            clients.Send("""{"type":"request","input":{}}""");
        }

        var jobs = await RunningStreams.TakeOverAsync(service, Streams);
        await FeedAsync(jobs, clients, time / 4);
        var before = clients.Messages;
        var elapsed = await FeedAsync(jobs, clients, time);
        var rate = (clients.Messages - before) / elapsed.TotalSeconds;
        var failed = clients.Failed;
        await InProcessService.StopAsync(service);
        return new Finding(
            $"streamed frames out, {Streams:N0} sockets, chunks of 128 B, one at a time",
            string.Create(CultureInfo.InvariantCulture, $"{rate:N0}/s on {Environment.ProcessorCount} cores, {failed} connections lost"),
            "≥ 100,000/s",
            "from the job's observer (after RunPod's answer was parsed) to the client's counted frame; the clients read in this process and take their share of the cores");
    }

    private static async Task<TimeSpan> FeedAsync(IJobObserver[] jobs, StudyClients clients, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var wanted = clients.Messages;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            Parallel.ForEach(jobs, static job => job.OnOutput(Chunk));
            wanted += jobs.Length;
            while (wanted - clients.Messages > MostUnread * jobs.Length)
            {
                await Task.Yield();
            }
        }

        while (clients.Messages < wanted && Stopwatch.GetElapsedTime(start) < 2 * time)
        {
            await Task.Yield();
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
