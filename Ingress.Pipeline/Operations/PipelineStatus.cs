using Ingress.Pipeline.Telemetry;

namespace Ingress.Pipeline.Operations;

/// <summary>The pipeline at one moment.</summary>
/// <param name="Lanes">The endpoints, the default first.</param>
/// <param name="Connections">Connections open.</param>
/// <param name="ConnectionLimit">Connections that may be open.</param>
/// <param name="Totals">What has happened since the start.</param>
/// <param name="Leaked">What is held by nobody: wanted 0.</param>
/// <param name="IsDraining">Whether the service is stopping.</param>
public sealed record PipelineStatus(
    IReadOnlyList<LaneStatus> Lanes, int Connections, int ConnectionLimit, RequestTotals Totals, long Leaked, bool IsDraining);
