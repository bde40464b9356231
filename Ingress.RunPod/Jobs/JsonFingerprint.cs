using System.Text.Json;

namespace Ingress.RunPod.Jobs;

/// <summary>
/// A number by which a chunk is recognised in the aggregate: the same for the same JSON, however it is spaced and escaped, since nobody
/// promises that both answers are written by the same serializer.
/// </summary>
internal static class JsonFingerprint
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>Computes it (FNV-1a over the tokens).</summary>
    /// <param name="json">One complete JSON value.</param>
    public static ulong Of(ReadOnlySpan<byte> json)
    {
        var hash = Offset;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 100_000 });
        Span<byte> small = stackalloc byte[256];
        while (reader.Read())
        {
            hash = (hash ^ (byte)reader.TokenType) * Prime;
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
            {
                hash = Add(hash, reader.ValueSpan);
                continue;
            }

            var plain = reader.ValueSpan.Length <= small.Length ? small : new byte[reader.ValueSpan.Length];
            hash = Add(hash, Unescape(ref reader, plain));
        }

        return hash;
    }

    private static ReadOnlySpan<byte> Unescape(ref Utf8JsonReader reader, Span<byte> plain)
    {
        try
        {
            return plain[..reader.CopyString(plain)];
        }
        catch (InvalidOperationException)
        {
            return reader.ValueSpan; // an escape that stands for half a character has no plain form
        }
    }

    private static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * Prime;
        }

        return hash;
    }
}
