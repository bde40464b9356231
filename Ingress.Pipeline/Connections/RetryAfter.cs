using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Connections;

/// <summary>When a client that was refused may come back, spread so that not all do at once.</summary>
internal static class RetryAfter
{
    /// <summary>After the service has been replaced.</summary>
    /// <returns>1 to 5 s, in milliseconds.</returns>
    public static long Draining() => Random.Shared.NextInt64(1000, 5001);

    /// <summary>After a place in the queue is likely to be free.</summary>
    /// <param name="lane">The endpoint.</param>
    /// <param name="now">The timestamp now.</param>
    /// <returns>Half to one and a half of the likely time of one departure, between 0.5 and 30 s, in milliseconds.</returns>
    public static long QueueFull(EndpointLane lane, long now)
    {
        var likely = Math.Clamp(lane.Estimator.Estimate(1, now, now).LikelyMs ?? 1000, 1000, 20_000);
        return Random.Shared.NextInt64(likely / 2, likely * 3 / 2);
    }
}
