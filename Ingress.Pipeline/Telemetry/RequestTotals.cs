namespace Ingress.Pipeline.Telemetry;

/// <summary>
/// What has happened to requests since the start. <c>Received = Queued + Rejected</c>, and every queued one ends in exactly one of
/// completed, failed, cancelled, expired and skipped.
/// </summary>
/// <param name="Received">Requests read from clients, whatever became of them.</param>
/// <param name="Queued">Requests acknowledged.</param>
/// <param name="Rejected">Requests refused.</param>
/// <param name="Dispatched">Requests that the backend has taken.</param>
/// <param name="Completed">Requests whose job ran to its end.</param>
/// <param name="Failed">Requests that failed.</param>
/// <param name="Cancelled">Requests cancelled, also those whose client left while they ran.</param>
/// <param name="Expired">Requests that waited too long.</param>
/// <param name="Skipped">Requests dropped from the queue because their connection had closed.</param>
public readonly record struct RequestTotals(
    long Received,
    long Queued,
    long Rejected,
    long Dispatched,
    long Completed,
    long Failed,
    long Cancelled,
    long Expired,
    long Skipped);
