namespace Ingress.Pipeline.Operations;

/// <summary>A live request as an operator sees it. Holds nothing of its input.</summary>
/// <param name="SessionId">Its session.</param>
/// <param name="Id">Its id in the session.</param>
/// <param name="Principal">Who sent it.</param>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="State">Where it is: queued, dispatching or running.</param>
/// <param name="Position">Its place, from 1; null when it waits no more.</param>
/// <param name="Bytes">The size of its input.</param>
/// <param name="Age">How long ago it arrived.</param>
/// <param name="WaitReason">Why it waits; null when it waits no more.</param>
/// <param name="JobId">The backend's id; null until it has one.</param>
public sealed record QueuedRequest(
    Guid SessionId,
    string Id,
    string Principal,
    string Endpoint,
    string State,
    int? Position,
    int Bytes,
    TimeSpan Age,
    string? WaitReason,
    string? JobId);
