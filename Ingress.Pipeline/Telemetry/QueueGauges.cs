using System.Diagnostics.Metrics;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Telemetry;

/// <summary>The instruments that are read from the queues when somebody looks.</summary>
internal static class QueueGauges
{
    /// <summary>Adds the instruments; once per host.</summary>
    /// <param name="metrics">Where the meter is.</param>
    /// <param name="lanes">The queues.</param>
    /// <param name="audit">The audit.</param>
    public static void Add(IngressMetrics metrics, LaneCatalog lanes, LeakAudit audit)
    {
        metrics.Meter.CreateObservableUpDownCounter(
            "ingress.queue.length", () => lanes.All.Select(static lane => Of(lane, lane.Queue.Length)), "{request}", "Requests that wait.");
        metrics.Meter.CreateObservableUpDownCounter(
            "ingress.queue.bytes", () => lanes.All.Select(static lane => Of(lane, lane.Queue.Bytes)), "By", "Bytes of the requests that wait.");
        metrics.Meter.CreateObservableGauge(
            "ingress.audit.leaked", () => audit.Leaked, "{item}", "Places, bytes or slots held by nobody: wanted 0.");
    }

    private static Measurement<long> Of(EndpointLane lane, long value) =>
        new(value, new KeyValuePair<string, object?>("runpod.endpoint", lane.Name));
}
