using System.Diagnostics.Metrics;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Telemetry;

/// <summary>The instruments that are read from the queues when somebody looks.</summary>
internal static class QueueGauges
{
    private static readonly WaitReason[] Reasons = Enum.GetValues<WaitReason>();

    /// <summary>Adds the instruments; once per host.</summary>
    /// <param name="metrics">Where the meter is.</param>
    /// <param name="lanes">The queues.</param>
    /// <param name="audit">The audit.</param>
    /// <param name="time">The clock.</param>
    public static void Add(IngressMetrics metrics, LaneCatalog lanes, LeakAudit audit, TimeProvider time)
    {
        metrics.Meter.CreateObservableUpDownCounter(
            "ingress.queue.length", () => lanes.All.Select(static lane => Of(lane, (long)lane.Queue.Length)), "{request}", "Requests that wait.");
        metrics.Meter.CreateObservableUpDownCounter(
            "ingress.queue.bytes", () => lanes.All.Select(static lane => Of(lane, lane.Queue.Bytes)), "By", "Bytes of the requests that wait.");
        metrics.Meter.CreateObservableGauge(
            "ingress.queue.oldest.age", () => lanes.All.Select(lane => Of(lane, Age(lane, time))), "s", "Time that the oldest request has waited; 0 when none waits.");
        metrics.Meter.CreateObservableGauge(
            "ingress.queue.head.waiting", () => lanes.All.SelectMany(WhyTheHeadWaits), "{request}", "1 for the reason for which the oldest request waits now.");
        metrics.Meter.CreateObservableGauge(
            "ingress.audit.leaked", () => audit.Leaked, "{item}", "Places, bytes or slots held by nobody: wanted 0.");
    }

    private static double Age(EndpointLane lane, TimeProvider time) =>
        lane.Queue.OldestSince is { } since ? time.GetElapsedTime(since).TotalSeconds : 0;

    // All reasons each time: one that is not told any more would keep its last value.
    private static IEnumerable<Measurement<int>> WhyTheHeadWaits(EndpointLane lane)
    {
        WaitReason? now = lane.Queue.Length > 0 ? lane.Backend.Snapshot.WaitReason : null;
        return Reasons.Where(static reason => reason != WaitReason.BehindOthers).Select(reason => new Measurement<int>(
            reason == now ? 1 : 0, EndpointTag(lane), new KeyValuePair<string, object?>("ingress.wait.reason", WaitReasonNames.Of(reason))));
    }

    private static Measurement<T> Of<T>(EndpointLane lane, T value)
        where T : struct => new(value, EndpointTag(lane));

    private static KeyValuePair<string, object?> EndpointTag(EndpointLane lane) => new("runpod.endpoint", lane.Name);
}
