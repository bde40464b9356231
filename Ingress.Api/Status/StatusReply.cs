using System.Text.Json.Serialization;
using Ingress.Pipeline.Telemetry;

namespace Ingress.Api.Status;

/// <summary>The answer of <c>/status</c>.</summary>
/// <param name="Queue">The queues of all endpoints together.</param>
/// <param name="Connections">The connections.</param>
/// <param name="Jobs">The service's own jobs at all endpoints.</param>
/// <param name="RunPod">What is known of the default endpoint.</param>
/// <param name="Totals">What has happened since the start.</param>
/// <param name="Endpoints">Each endpoint by name; absent where there is only the default one.</param>
internal sealed record StatusReply(
    QueueStatus Queue,
    ConnectionStatus Connections,
    JobStatus Jobs,
    [property: JsonPropertyName("runpod")] RunPodStatus RunPod,
    RequestTotals Totals,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, EndpointStatus>? Endpoints);
