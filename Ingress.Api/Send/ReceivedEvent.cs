using System.Text;
using System.Text.Json;

namespace Ingress.Api.Send;

/// <summary>An event as the command line uses it.</summary>
/// <param name="Text">The message as it came.</param>
/// <param name="Type">Its type.</param>
/// <param name="Id">The request that it is about.</param>
/// <param name="Body">All of it.</param>
internal sealed record ReceivedEvent(string Text, string Type, string? Id, JsonElement Body)
{
    /// <summary>Gets whether nothing follows about the request.</summary>
    public bool IsEnd => Type is "request.completed" or "request.failed" or "request.cancelled" or "request.rejected";

    /// <summary>Gets when to try again; null where the server does not say.</summary>
    public long? RetryAfterMs => Number("retryAfterMs");

    /// <summary>Gets why a request ended otherwise than hoped for.</summary>
    public string Reason => Body.TryGetProperty("error", out var error)
        ? $"{error.GetProperty("message").GetString()} ({error.GetProperty("code").GetString()})"
        : Body.TryGetProperty("reason", out var reason) ? $"cancelled ({reason.GetString()})" : Type;

    /// <summary>Gets the output that the event carries, as text; empty where it carries none.</summary>
    public string Output => !Body.TryGetProperty("output", out var output) || output.ValueKind == JsonValueKind.Null
        ? string.Empty
        : output.ValueKind == JsonValueKind.String ? output.GetString() ?? string.Empty : $"{output.GetRawText()}\n";

    /// <summary>Reads an event.</summary>
    /// <param name="utf8">The message.</param>
    public static ReceivedEvent Read(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var body = document.RootElement.Clone();
        return new ReceivedEvent(
            Encoding.UTF8.GetString(utf8.Span),
            body.GetProperty("type").GetString() ?? string.Empty,
            body.TryGetProperty("id", out var id) ? id.GetString() : null,
            body);
    }

    /// <summary>Gets a number.</summary>
    /// <param name="name">The field.</param>
    /// <returns>The number; null where it is absent or null.</returns>
    public long? Number(string name) =>
        Body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
