using System.Text;
using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>An answer before it is sent, so that faults can still do something to it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body; may be empty.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="RetryAfter">The <c>Retry-After</c> header.</param>
/// <param name="SentBytes">How much of the body is sent before the connection is aborted; null sends it all.</param>
/// <param name="Undelivered">Called if the client had gone before the answer was sent.</param>
internal sealed record Reply(
    int Status,
    ReadOnlyMemory<byte> Body,
    string ContentType = Reply.JsonType,
    TimeSpan? RetryAfter = null,
    int? SentBytes = null,
    Action? Undelivered = null)
{
    public const string JsonType = "application/json";

    /// <summary>Gets the job that the call has made and that only this answer names; null for any other call.</summary>
    public string? NewJob { get; init; }

    /// <summary>Gets the answer for a job that is not known, or not any more. RunPod publishes no body for its errors.</summary>
    public static Reply NotFound { get; } = Error(404, "job not found");

    public static Reply NoContent { get; } = new(204, default);

    public static Reply Json(ReadOnlyMemory<byte> body) => new(200, body);

    public static Reply Text(string text) => new(200, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");

    public static Reply Error(int status, string message, TimeSpan? retryAfter = null) =>
        new(status, ErrorBody(message), RetryAfter: retryAfter);

    private static byte[] ErrorBody(string message) =>
        [.. "{\"error\":"u8, .. JsonSerializer.SerializeToUtf8Bytes(message, SimulatorJsonContext.Default.String), .. "}"u8];
}
