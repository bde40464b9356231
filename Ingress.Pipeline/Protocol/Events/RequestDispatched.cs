using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>RunPod has the request.</summary>
/// <param name="Id">The request's id.</param>
/// <param name="JobId">RunPod's id of the job.</param>
/// <param name="WaitedMs">How long it waited here, in milliseconds.</param>
internal readonly record struct RequestDispatched(
    string Id,
    string JobId,
    long WaitedMs) : IServerEvent
{
    /// <inheritdoc/>
    public static ReadOnlySpan<byte> Type => "request.dispatched"u8;

    /// <inheritdoc/>
    public void WriteFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        json.WriteString("jobId"u8, JobId);
        json.WriteNumber("waitedMs"u8, WaitedMs);
    }
}
