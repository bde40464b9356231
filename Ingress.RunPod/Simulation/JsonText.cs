using System.Buffers;

namespace Ingress.RunPod.Simulation;

/// <summary>
/// Cuts JSON strings without decoding them, so that escapes, spelling and even halves of surrogate pairs come out as they went in.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// Splits a string literal into one literal per word, each with the white space that follows it; joined they are the string again.
    /// </summary>
    /// <param name="literal">The literal with its quotes.</param>
    public static IReadOnlyList<byte[]> Words(ReadOnlySpan<byte> literal)
    {
        var text = literal[1..^1];
        var words = new List<byte[]>();
        var start = 0;
        var inSpace = false;
        for (var i = 0; i < text.Length;)
        {
            var length = UnitLength(text[i..]);
            var space = IsSpace(text.Slice(i, length));
            if (!space && inSpace && i > 0)
            {
                words.Add(Quote(text[start..i]));
                start = i;
            }

            inSpace = space;
            i += length;
        }

        if (start < text.Length)
        {
            words.Add(Quote(text[start..]));
        }

        return words;
    }

    /// <summary>
    /// Splits a value that is larger than one chunk may be. Strings are cut between characters; how RunPod cuts other values is not
    /// known, they
    /// stay whole.
    /// </summary>
    public static IReadOnlyList<byte[]> Split(byte[] raw, int limit)
    {
        if (raw.Length <= limit || raw[0] != '"')
        {
            return [raw];
        }

        var text = raw.AsSpan()[1..^1];
        var parts = new List<byte[]>();
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var length = UnitLength(text[i..]);
            if (i + length - start + 2 > limit)
            {
                parts.Add(Quote(text[start..i]));
                start = i;
            }

            i += length;
        }

        parts.Add(Quote(text[start..]));
        return parts;
    }

    /// <summary>Puts raw values into one raw list.</summary>
    public static byte[] List(IReadOnlyList<byte[]> values)
    {
        var list = new ArrayBufferWriter<byte>();
        list.Write("["u8);
        for (var i = 0; i < values.Count; i++)
        {
            list.Write(i == 0 ? default : ","u8);
            list.Write(values[i]);
        }

        list.Write("]"u8);
        return list.WrittenSpan.ToArray();
    }

    /// <summary>
    /// The length of the first thing that must not be cut: an escape, an escaped surrogate pair, or a character's UTF-8 bytes.
    /// </summary>
    private static int UnitLength(ReadOnlySpan<byte> text)
    {
        var length = text[0] switch
        {
            (byte)'\\' when text.Length > 1 && text[1] == 'u' => IsEscapedPair(text) ? 12 : 6,
            (byte)'\\' => 2,
            >= 0xF0 => 4,
            >= 0xE0 => 3,
            >= 0xC0 => 2,
            _ => 1,
        };
        return Math.Min(length, text.Length);
    }

    // \uD8xx to \uDBxx followed by another \u escape: the two belong together.
    private static bool IsEscapedPair(ReadOnlySpan<byte> text) =>
        text.Length >= 12 && (text[2] | 0x20) == 'd' && "89abAB"u8.Contains(text[3]) && text[6] == '\\' && text[7] == 'u';

    private static bool IsSpace(ReadOnlySpan<byte> unit) =>
        unit is [(byte)' '] or [(byte)'\\', (byte)'n' or (byte)'t' or (byte)'r'];

    private static byte[] Quote(ReadOnlySpan<byte> text)
    {
        var quoted = new byte[text.Length + 2];
        quoted[0] = quoted[^1] = (byte)'"';
        text.CopyTo(quoted.AsSpan(1));
        return quoted;
    }
}
