namespace Ingress.RunPod;

/// <summary>Delays before the next attempt: doubling, with jitter, so that many that failed together do not come back together.</summary>
internal static class Backoff
{
    /// <summary>Gives a delay between half and all of the doubled one, and never less than what RunPod asked for.</summary>
    /// <param name="attempt">How many attempts have failed in a row; 1 or more.</param>
    /// <param name="first">The delay after the first failure.</param>
    /// <param name="longest">The upper bound of the doubling.</param>
    /// <param name="retryAfter">What RunPod asked for.</param>
    public static TimeSpan Delay(int attempt, TimeSpan first, TimeSpan longest, TimeSpan? retryAfter = null)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(attempt - 1, 0, 20));
        var bounded = doubled < longest ? doubled : longest;
        var jittered = bounded * (0.5 + (0.5 * Random.Shared.NextDouble()));
        return retryAfter is { } asked && asked > jittered ? asked + (jittered * 0.1) : jittered;
    }
}
