using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.RunPod;

/// <summary>Answers cancels and writes down when they came and how many were open.</summary>
internal sealed class RunPodLimitWatch
{
    private readonly ConcurrentQueue<long> _times = new();
    private int _open;
    private int _mostOpen;

    public FakeTimeProvider? Time { get; set; }

    public ConcurrentDictionary<string, byte> Cancelled { get; } = new();

    public int MostAtOnce => _mostOpen;

    public async Task AnswerAsync(HttpContext context)
    {
        var open = Interlocked.Increment(ref _open);
        lock (_times)
        {
            _mostOpen = Math.Max(_mostOpen, open);
        }

        _times.Enqueue(Time!.GetUtcNow().Ticks);
        await Task.Delay(5, context.RequestAborted);
        Cancelled.TryAdd((string)context.Request.RouteValues["id"]!, 0);
        Interlocked.Decrement(ref _open);
        await Replies.Json("""{"status":"CANCELLED"}""")(context);
    }

    public int MostWithin(TimeSpan span) => Most([.. _times], span);

    /// <summary>The most events in any span of that length, wherever it begins.</summary>
    public static int Most(long[] ticks, TimeSpan span)
    {
        Array.Sort(ticks);
        var (most, from) = (0, 0);
        for (var to = 0; to < ticks.Length; to++)
        {
            while (ticks[to] - ticks[from] >= span.Ticks)
            {
                from++;
            }

            most = Math.Max(most, to - from + 1);
        }

        return most;
    }
}
