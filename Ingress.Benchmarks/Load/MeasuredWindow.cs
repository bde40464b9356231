using System.Diagnostics;

namespace Ingress.Benchmarks.Load;

/// <summary>The beginning of a measured window: clock, CPU times and a count.</summary>
internal readonly record struct MeasuredWindow(long StartedAt, double ServerCpu, double ClientCpu, long Count, int ServerPid)
{
    public static MeasuredWindow Begin(int serverPid, long count) => new(
        Stopwatch.GetTimestamp(), ProcessTimes.CpuSeconds(serverPid), ProcessTimes.CpuSeconds(Environment.ProcessId), count, serverPid);

    /// <summary>Ends the window.</summary>
    /// <param name="count">The count now.</param>
    public LoadResult End(long count) => new()
    {
        Count = count - Count,
        Seconds = Stopwatch.GetElapsedTime(StartedAt).TotalSeconds,
        ServerCpuSeconds = ProcessTimes.CpuSeconds(ServerPid) - ServerCpu,
        ClientCpuSeconds = ProcessTimes.CpuSeconds(Environment.ProcessId) - ClientCpu,
    };
}
