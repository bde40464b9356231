using System.Buffers;
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
        while (reader.Read())
        {
            hash = (hash ^ (byte)reader.TokenType) * Prime;
            hash = reader.ValueIsEscaped ? AddUnescaped(hash, ref reader) : Add(hash, reader.ValueSpan);
        }

        return hash;
    }

    private static ulong AddUnescaped(ulong hash, ref Utf8JsonReader reader)
    {
        var plain = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return Add(hash, plain.AsSpan(0, reader.CopyString(plain)));
        }
        catch (InvalidOperationException)
        {
            return Add(hash, reader.ValueSpan); // an escape that stands for half a character has no plain form
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
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
