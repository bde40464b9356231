using System.Collections.Concurrent;
using System.Text.Json;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Hostile;

/// <summary>
/// Watches that no job works for nobody: once its session has ended, each job that the service can know of has to be cancelled, and has
/// to be tried again where that failed. Sessions' ends are reckoned from what their clients did, not asked of the service. Thread-safe.
/// </summary>
internal sealed class ChaosOrphans(Simulator engine, ChaosTally tally)
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    // Counted in turns: whatever keeps the service from working keeps this from counting. A cancel that failed is repeated after 10 s at most.
    private static readonly int FirstPatience = (int)(TimeSpan.FromSeconds(3) / Turn);
    private static readonly int RetryPatience = (int)(TimeSpan.FromSeconds(15) / Turn);

    private readonly ConcurrentDictionary<string, long> _endsAt = new(StringComparer.Ordinal);
    private Dictionary<string, Orphan> _orphans = new(StringComparer.Ordinal);

    /// <summary>A client has left: nobody wants its jobs any more.</summary>
    /// <param name="owner">What it called itself in its inputs.</param>
    /// <param name="grace">How long it could have come back; what was said first stays.</param>
    public void Left(string owner, TimeSpan grace) => _endsAt.TryAdd(owner, Timestamp(grace));

    /// <summary>A client came back in time.</summary>
    /// <param name="owner">What it calls itself.</param>
    public void Back(string owner) => _endsAt.TryRemove(owner, out _);

    /// <summary>Watches until the token fires.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            Look();
            await Task.Delay(Turn, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static long Timestamp(TimeSpan from) =>
        TimeProvider.System.GetTimestamp() + (long)(from.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private void Look()
    {
        var now = TimeProvider.System.GetTimestamp();
        var still = new Dictionary<string, Orphan>(StringComparer.Ordinal);
        foreach (var job in engine.OpenJobs().Where(job => !job.IsUnknown && IsOrphaned(job, now)))
        {
            var orphan = _orphans.GetValueOrDefault(job.Id) ?? new Orphan();
            still.Add(job.Id, orphan);
            Judge(job, orphan);
        }

        _orphans = still;
    }

    private bool IsOrphaned(JobRecord job, long now)
    {
        using var input = JsonDocument.Parse(job.Input);
        return input.RootElement.TryGetProperty("owner", out var owner) && _endsAt.TryGetValue(owner.GetString()!, out var end) && now >= end;
    }

    private void Judge(JobRecord job, Orphan orphan)
    {
        if (orphan.Turns == 0)
        {
            tally.Count("jobs seen after their session");
        }

        orphan.Turns = orphan.CancelCalls == job.CancelCalls ? orphan.Turns + 1 : 1;
        orphan.CancelCalls = job.CancelCalls;
        if (orphan.Turns == (job.CancelCalls == 0 ? FirstPatience : RetryPatience))
        {
            tally.Wrong(job.CancelCalls == 0 ? "a job whose session had ended was not cancelled" : "a job's cancel failed and was not repeated");
        }
    }

    private sealed class Orphan
    {
        public int Turns { get; set; }

        public int CancelCalls { get; set; }
    }
}
