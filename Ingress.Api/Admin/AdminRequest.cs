namespace Ingress.Api.Admin;

/// <summary>A live request in the operators' listing. Holds nothing of its input.</summary>
/// <param name="SessionId">Its session.</param>
/// <param name="Id">Its id in the session.</param>
/// <param name="Principal">Who sent it.</param>
/// <param name="Endpoint">Its endpoint.</param>
/// <param name="State"><c>queued</c>, <c>dispatching</c> or <c>running</c>.</param>
/// <param name="Position">Its place, from 1; null when it waits no more.</param>
/// <param name="Bytes">The size of its input.</param>
/// <param name="AgeMs">How long ago it arrived.</param>
/// <param name="WaitReason">Why it waits; null when it waits no more.</param>
/// <param name="JobId">RunPod's id; null until it has one.</param>
internal sealed record AdminRequest(
    Guid SessionId,
    string Id,
    string Principal,
    string Endpoint,
    string State,
    int? Position,
    int Bytes,
    long AgeMs,
    string? WaitReason,
    string? JobId);
