using System.Globalization;
using System.Text;
using Ingress.Pipeline.Forwarding;

namespace Ingress.RunPod.Client;

/// <summary>The <c>policy</c> that a job is sent with: always complete, always within RunPod's ranges, so that an orphan dies.</summary>
/// <param name="ExecutionTimeoutMs">5 s to 7 days.</param>
/// <param name="TtlMs">10 s to 7 days, counted from the hand-over.</param>
/// <param name="LowPriority">Whether the job starts no worker and waits for all others.</param>
internal readonly record struct RunPolicy(long ExecutionTimeoutMs, long TtlMs, bool LowPriority)
{
    private const long SevenDaysMs = 7L * 24 * 60 * 60 * 1_000;

    /// <summary>Caps what the client asked for by the configuration and moves it into RunPod's ranges.</summary>
    public static RunPolicy From(JobPolicy asked, EndpointSettings settings) => new(
        Within(asked.ExecutionTimeoutMs, settings.ExecutionTimeout, 5_000),
        Within(asked.TtlMs, settings.JobTtl, 10_000),
        asked.LowPriority);

    /// <summary>Gives the end of the request's JSON, from behind the input.</summary>
    public byte[] ToTail()
    {
        var priority = LowPriority ? ",\"lowPriority\":true" : string.Empty;
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $",\"policy\":{{\"executionTimeout\":{ExecutionTimeoutMs},\"ttl\":{TtlMs}{priority}}}}}"));
    }

    private static long Within(long? asked, TimeSpan configured, long lowest) =>
        Math.Clamp(Math.Min(asked ?? long.MaxValue, (long)configured.TotalMilliseconds), lowest, SevenDaysMs);
}
