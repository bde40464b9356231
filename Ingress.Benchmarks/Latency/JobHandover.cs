namespace Ingress.Benchmarks.Latency;

/// <summary>Requests that wait until a job of ours has ended.</summary>
internal static class JobHandover
{
    private const int Workers = 4;
    private const int Queued = 20_000;
    private const string Request = """{"type":"request","input":{"prompt":"x","simulate":{"chunks":1,"chunkDelayMs":20}}}""";

    public static async Task<Finding> MeasureAsync(TimeSpan time)
    {
        await using var simulator = await WarmEndpoint.StartAsync(Workers);
        var service = await InProcessService.StartAsync(WarmEndpoint.Settings(simulator, Workers));
        using var gap = new InstrumentTap("ingress.idle_capacity.wait.duration");
        using (var clients = new StudyClients(service, 50))
        {
            for (var i = 0; i < Queued; i++)
            {
                clients.Send(Request);
            }

            await Task.Delay(TimeSpan.FromSeconds(5));
            gap.Clear();
            await Task.Delay(time);
            var described = gap.Describe();
            clients.Abort();
            await InProcessService.StopAsync(service);
            return new Finding(
                $"own job ended → next `/run` sent, {Workers} workers, jobs of 20 ms, a long queue",
                described,
                "p99 ≤ 5 ms",
                "from the moment the ended job's slot was given back to the return of the call that sends the next `/run` (`ingress.idle_capacity.wait.duration`); reading the end itself is RunPod's long-poll and not included");
        }
    }
}
