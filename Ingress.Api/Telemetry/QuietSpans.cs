using System.Diagnostics;
using OpenTelemetry;

namespace Ingress.Api.Telemetry;

/// <summary>
/// Drops spans that tell nothing: RunPod's readiness being polled (a call with no conversation above it; the metrics count those), and
/// the requests of other web servers in this process, which are the embedded simulator's.
/// </summary>
/// <param name="own">The source of this host's own requests.</param>
internal sealed class QuietSpans(ActivitySource own) : BaseProcessor<Activity>
{
    /// <inheritdoc/>
    public override void OnStart(Activity data)
    {
        var isPoll = data.Kind == ActivityKind.Client && data.ParentSpanId == default;
        var isForeign = data.Source.Name == own.Name && !ReferenceEquals(data.Source, own);
        if (isPoll || isForeign)
        {
            Drop(data);
        }
    }

    /// <summary>Keeps a span from being exported.</summary>
    /// <param name="activity">The span.</param>
    public static void Drop(Activity activity)
    {
        activity.IsAllDataRequested = false;
        activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
