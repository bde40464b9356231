using System.Text.Json;

namespace Ingress.RunPod.Jobs;

/// <summary>Makes of a job's <c>error</c> what a client may see: the message, without traceback, host names or other innards.</summary>
internal static class ErrorText
{
    private const int Longest = 2_000;

    /// <summary>Gives the message.</summary>
    /// <param name="error">RunPod's text, which workers fill with a sentence, a traceback or JSON.</param>
    /// <returns>The message, or null where there is none.</returns>
    public static string? For(string? error)
    {
        if (string.IsNullOrWhiteSpace(error))
        {
            return null;
        }

        var text = error.TrimStart()[0] is '{' or '"' ? FromJson(error) ?? error : error;
        text = WithoutTraceback(text).Trim();
        return text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), "…");
    }

    private static string? FromJson(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Message(document.RootElement) ?? (document.RootElement.ValueKind is JsonValueKind.Object ? "The job failed." : null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // a sentence that begins with a brace, or an escape that stands for half a character
        }
    }

    private static string? Message(JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.String)
        {
            return element.GetString();
        }

        if (element.ValueKind is not JsonValueKind.Object)
        {
            return null;
        }

        // The worker SDK's form, then what handlers commonly return; vLLM nests its own under "error".
        foreach (var name in (ReadOnlySpan<string>)["error_message", "message", "error", "detail"])
        {
            if (element.TryGetProperty(name, out var inner) && Message(inner) is { Length: > 0 } text)
            {
                return text;
            }
        }

        return null;
    }

    // The last line of a traceback is the exception with its message; what is above it are the worker's files.
    private static string WithoutTraceback(string text)
    {
        var start = text.IndexOf("Traceback (most recent call last)", StringComparison.Ordinal);
        if (start < 0)
        {
            return text;
        }

        var before = text[..start].Trim();
        var lines = text[start..].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return before.Length > 0 ? before : lines[^1];
    }
}
