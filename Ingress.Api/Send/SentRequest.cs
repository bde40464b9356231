using System.Buffers;
using System.Text.Json;
using Ingress.Api.Hosting;

namespace Ingress.Api.Send;

/// <summary>One request of the command line.</summary>
/// <param name="id">Its id.</param>
/// <param name="message">The message that asks for it.</param>
internal sealed class SentRequest(string id, ReadOnlyMemory<byte> message)
{
    private static readonly string[] EnvelopeFields = ["input", "policy", "maxWaitMs", "endpoint", "metadata", "traceparent"];

    /// <summary>Gets the id.</summary>
    public string Id => id;

    /// <summary>Gets the message that asks for it.</summary>
    public ReadOnlyMemory<byte> Message => message;

    /// <summary>Gets or sets the type of its last event.</summary>
    public string State { get; set; } = "request";

    /// <summary>Gets or sets how often it was refused with a time to come back.</summary>
    public int Refusals { get; set; }

    /// <summary>Gets or sets the times of a completed request: waited, first output and total, in milliseconds.</summary>
    public (long Waited, long? FirstOutput, long Total)? Times { get; set; }

    /// <summary>Gets whether it ran to its end.</summary>
    public bool IsCompleted => State == "request.completed";

    /// <summary>Gets whether it is acknowledged and waits.</summary>
    public bool IsWaiting => State is "request.queued" or "request.position";

    /// <summary>Makes the requests that the options ask for.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="SendException">The file cannot be used.</exception>
    public static IReadOnlyList<SentRequest> From(SendOptions options)
    {
        if (options.Text is { } text)
        {
            return [Create("1", options.Endpoint, json => WritePrompt(text, json))];
        }

        try
        {
            var requests = File.ReadLines(options.File ?? string.Empty)
                .Select(static (line, index) => (Line: line, Number: index + 1))
                .Where(static each => !string.IsNullOrWhiteSpace(each.Line))
                .Select(each => FromLine(each.Line, each.Number, options.Endpoint)).ToArray();
            var twice = requests.GroupBy(static request => request.Id).FirstOrDefault(static group => group.Count() > 1);
            return twice is null ? requests : throw Unusable($"The id '{twice.Key}' stands in {options.File} more than once.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(e.Message);
        }
    }

    private static SentRequest FromLine(string line, int number, string? endpoint)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw Unusable($"Line {number} is no JSON object.");
            }

            if (!root.TryGetProperty("input", out var input) || input.ValueKind != JsonValueKind.Object)
            {
                return Create($"{number}", endpoint, json => { json.WritePropertyName("input"); json.WriteRawValue(root.GetRawText()); });
            }

            var id = root.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
            var named = root.TryGetProperty("endpoint", out _);
            return Create(id ?? $"{number}", named ? null : endpoint, json => CopyEnvelope(root, json));
        }
        catch (JsonException e)
        {
            throw Unusable($"Line {number} is no JSON: {e.Message}");
        }
    }

    private static void WritePrompt(string text, Utf8JsonWriter json)
    {
        json.WriteStartObject("input"u8);
        json.WriteString("prompt"u8, text);
        json.WriteEndObject();
    }

    private static void CopyEnvelope(JsonElement envelope, Utf8JsonWriter json)
    {
        foreach (var name in EnvelopeFields)
        {
            if (envelope.TryGetProperty(name, out var value))
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value.GetRawText());
            }
        }
    }

    private static SentRequest Create(string id, string? endpoint, Action<Utf8JsonWriter> writeRest)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "request"u8);
            json.WriteString("id"u8, id);
            if (endpoint is not null)
            {
                json.WriteString("endpoint"u8, endpoint);
            }

            writeRest(json);
            json.WriteEndObject();
        }

        return new SentRequest(id, buffer.WrittenMemory);
    }

    private static SendException Unusable(string message) => new(ExitCode.BadData, message);
}
