using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Ingress.RunPod.Simulation;

/// <summary>What the built-in handler does with one input.</summary>
internal sealed record HandlerScript
{
    private const int MostChunks = 1_000_000;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 1_000 };

    /// <summary>Gets the chunks of a stream, raw JSON each; null for a handler that does not stream.</summary>
    public IReadOnlyList<byte[]>? Chunks { get; init; }

    /// <summary>Gets the time before the first chunk, or how long a handler without stream takes.</summary>
    public required TimeSpan Delay { get; init; }

    public required TimeSpan ChunkDelay { get; init; }

    /// <summary>Gets the result of a handler without stream.</summary>
    public byte[]? Output { get; init; }

    /// <summary>Gets the updates of a handler without stream, spread evenly over its time.</summary>
    public IReadOnlyList<byte[]> Progress { get; init; } = [];

    public string? Error { get; init; }

    public required bool Aggregate { get; init; }

    /// <summary>Gets on how many attempts the worker dies half-way.</summary>
    public int Crashes { get; init; }

    /// <summary>Reads an input.</summary>
    /// <returns>False if it holds text that no .NET string can: escaped halves of surrogate pairs pass as JSON until somebody looks at
    /// them.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> input, SimulatorOptions options, [NotNullWhen(true)] out HandlerScript? script)
    {
        try
        {
            script = Read(input, options);
            return true;
        }
        catch (InvalidOperationException)
        {
            script = null;
            return false;
        }
    }

    private static HandlerScript Read(ReadOnlyMemory<byte> input, SimulatorOptions options)
    {
        using var document = JsonDocument.Parse(input, Reading);
        var root = document.RootElement;
        var wish = Member(root, "simulate", JsonValueKind.Object) ?? default;
        var prompt = Member(root, "prompt", JsonValueKind.String);
        var plain = Member(wish, "handler", JsonValueKind.String) is { } kind && kind.ValueEquals("plain"u8);
        return new HandlerScript
        {
            Chunks = plain ? null : ChunksOf(wish, prompt, input),
            Delay = plain ? Time(wish, "durationMs") ?? options.JobDuration : Time(wish, "delayMs") ?? options.FirstChunkDelay,
            ChunkDelay = Time(wish, "chunkDelayMs") ?? options.ChunkDelay,
            Output = Raw(Member(wish, "output") ?? prompt ?? root),
            Progress = Member(wish, "progress", JsonValueKind.Array) is { } list ? [.. list.EnumerateArray().Select(Raw)] : [],
            Error = Member(wish, "error", JsonValueKind.String) is { } error ? error.GetString() : null,
            Aggregate = Member(wish, "aggregate") is { } flag ? flag.ValueKind == JsonValueKind.True : options.ReturnAggregateStream,
            Crashes = Member(wish, "crash", JsonValueKind.True) is not null ? 1 : Number(wish, "crash") ?? 0,
        };
    }

    private static IReadOnlyList<byte[]> ChunksOf(JsonElement wish, JsonElement? prompt, ReadOnlyMemory<byte> input)
    {
        if (Number(wish, "chunks") is { } count)
        {
            return [.. Enumerable.Range(0, Math.Min(count, MostChunks)).Select(static i => Encoding.UTF8.GetBytes($"\"chunk {i} \""))];
        }

        return prompt is { } text ? JsonText.Words(JsonMarshal.GetRawUtf8Value(text)) : [input.ToArray()];
    }

    private static JsonElement? Member(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : null;

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        Member(parent, name) is { } value && value.ValueKind == kind ? value : null;

    private static int? Number(JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.Number) is { } value && value.TryGetInt32(out var number) && number >= 0 ? number : null;

    private static TimeSpan? Time(JsonElement parent, string name) =>
        Number(parent, name) is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    private static byte[] Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).ToArray();
}
