using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Ingress.RunPod.Client;

/// <summary>Reads a job out of an answer's bytes without re-encoding anything; takes wrong types for missing values.</summary>
internal static class JobAnswerReader
{
    // The reader keeps one bit per level, so depth costs nothing; RunPod limits an answer's size, not its depth.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 100_000 };

    /// <summary>Reads an answer.</summary>
    /// <param name="body">The whole body. The result refers to it.</param>
    /// <returns>The answer, or null where the body is no complete JSON object in UTF-8 (HTML, cut off, nonsense).</returns>
    public static JobAnswer? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Utf8.IsValid(body.Span) ? ReadObject(body) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Gives the elements of a JSON array as slices of its bytes, or null where it is none.</summary>
    public static List<ReadOnlyMemory<byte>>? ReadArray(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        var elements = new List<ReadOnlyMemory<byte>>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            elements.Add(Slice(ref reader, json));
        }

        return elements;
    }

    private static JobAnswer? ReadObject(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var answer = new JobAnswer();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            answer = ReadMember(ref reader, body, answer);
        }

        // Reading on to the end is what proves that nothing was cut off.
        return reader.Read() ? null : answer;
    }

    private static JobAnswer ReadMember(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, JobAnswer answer)
    {
        var name = TextOrNull(ref reader);
        reader.Read();
        switch (name)
        {
            case "id":
                return answer with { Id = Text(ref reader) };
            case "status":
                return answer with { Status = Status(Text(ref reader)) };
            case "workerId":
                return answer with { WorkerId = Text(ref reader) };
            case "delayTime":
                return answer with { DelayMs = Number(ref reader) };
            case "executionTime":
                return answer with { ExecutionMs = Number(ref reader) };
            case "retries":
                return answer with { Retries = (int)Math.Clamp(Number(ref reader) ?? 0, 0, int.MaxValue) };
            case "error":
                return answer with { Error = TextOrJson(ref reader, body) };
            case "output" when reader.TokenType != JsonTokenType.Null:
                return answer with { Output = Slice(ref reader, body) };
            case "stream" when reader.TokenType == JsonTokenType.StartArray:
                return answer with { Chunks = Chunks(ref reader, body) };
            default:
                reader.Skip();
                return answer;
        }
    }

    private static List<ReadOnlyMemory<byte>> Chunks(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var chunks = new List<ReadOnlyMemory<byte>>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            // Siblings of output (old workers send metrics) are not the conversation's.
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isOutput = TextOrNull(ref reader) == "output";
                reader.Read();
                var value = Slice(ref reader, body);
                if (isOutput)
                {
                    chunks.Add(value);
                }
            }
        }

        return chunks;
    }

    private static ReadOnlyMemory<byte> Slice(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return TextOrNull(ref reader);
        }

        reader.Skip();
        return null;
    }

    private static string? TextOrNull(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null; // an escape that stands for half a character, which no text can hold
        }
    }

    private static string? TextOrJson(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader),
        JsonTokenType.Null => null,
        _ => Encoding.UTF8.GetString(Slice(ref reader, body).Span),
    };

    private static long? Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.TryGetInt64(out var whole) ? whole
                : reader.TryGetDouble(out var real) && double.IsFinite(real) ? (long)real : null;
        }

        reader.Skip();
        return null;
    }

    private static JobStatus Status(string? text) => text switch
    {
        "IN_QUEUE" => JobStatus.Queued,
        "IN_PROGRESS" or "RUNNING" => JobStatus.Running,
        "COMPLETED" => JobStatus.Completed,
        "FAILED" => JobStatus.Failed,
        "CANCELLED" => JobStatus.Cancelled,
        "TIMED_OUT" => JobStatus.TimedOut,
        _ => JobStatus.Unknown,
    };
}
