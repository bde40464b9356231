using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>The body of <c>/run</c> and <c>/runsync</c>, as far as the platform reads it. Other keys are dropped.</summary>
/// <param name="Input">The input's own bytes.</param>
/// <param name="Policy">The job's policy.</param>
internal sealed record RunRequest(ReadOnlyMemory<byte> Input, SimulatedPolicy Policy)
{
    // The reader's own limit of 64 levels is not RunPod's.
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 1_000 };

    /// <summary>Reads a request.</summary>
    /// <param name="body">The request's body; the result refers to it.</param>
    /// <param name="request">The request.</param>
    /// <param name="problem">What is wrong, for the 400.</param>
    /// <returns>False if it is no request.</returns>
    public static bool TryRead(
        ReadOnlyMemory<byte> body, [NotNullWhen(true)] out RunRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        try
        {
            var (input, policy) = FindParts(body);
            if (input.IsEmpty || input.Span.SequenceEqual("null"u8))
            {
                problem = "input is required";
                return false;
            }

            if (!TryReadPolicy(policy, out var read, out problem))
            {
                return false;
            }

            request = new RunRequest(input, read);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter comes of names with escaped halves of surrogate pairs, which are found out only when they are compared.
            problem = "the body is not valid JSON";
            return false;
        }
    }

    private static (ReadOnlyMemory<byte> Input, ReadOnlyMemory<byte> Policy) FindParts(ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span, Reading);
        ReadOnlyMemory<byte> input = default;
        ReadOnlyMemory<byte> policy = default;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("input"u8);
            var isPolicy = reader.ValueTextEquals("policy"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var value = body[start..(int)reader.BytesConsumed];
            input = isInput ? value : input;
            policy = isPolicy ? value : policy;
        }

        reader.Read(); // anything after the object is an error, which this finds
        return (input, policy);
    }

    private static bool TryReadPolicy(ReadOnlyMemory<byte> json, out SimulatedPolicy policy, [NotNullWhen(false)] out string? problem)
    {
        policy = default;
        problem = null;
        if (json.IsEmpty || json.Span.SequenceEqual("null"u8))
        {
            return true;
        }

        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            problem = "policy must be an object";
            return false;
        }

        TimeSpan? ttl = null;
        var fits = TryReadTime(document.RootElement, "executionTimeout", SimulatedPolicy.MinExecutionTimeout, out var timeout, out problem)
            && TryReadTime(document.RootElement, "ttl", SimulatedPolicy.MinTtl, out ttl, out problem);
        var low = document.RootElement.TryGetProperty("lowPriority", out var flag) && flag.ValueKind == JsonValueKind.True;
        policy = new SimulatedPolicy(timeout, ttl, low);
        return fits;
    }

    private static bool TryReadTime(
        JsonElement policy, string key, TimeSpan shortest, out TimeSpan? time, [NotNullWhen(false)] out string? problem)
    {
        time = null;
        problem = null;
        if (!policy.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        // RunPod documents the ranges, not what it does outside them. Refusing shows a mistake that clamping would hide.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var ms)
            || ms < shortest.TotalMilliseconds || ms > SimulatedPolicy.Longest.TotalMilliseconds)
        {
            problem = $"policy.{key} must be an integer from {shortest.TotalMilliseconds} to {SimulatedPolicy.Longest.TotalMilliseconds}";
            return false;
        }

        time = TimeSpan.FromMilliseconds(ms);
        return true;
    }
}
