using System.Text.Unicode;

namespace Ingress.Pipeline.Frames;

/// <summary>
/// Checks a text that comes in parts: what is wrong is found as soon as it is there, and no byte but those of a character cut in two is
/// looked at twice.
/// </summary>
internal struct Utf8Progress
{
    private int _checked;

    /// <summary>Checks what has come so far.</summary>
    /// <param name="text">The whole text so far.</param>
    /// <param name="isEnd">Whether it is complete; the next call is then about another text.</param>
    /// <returns>False when it cannot become UTF-8 any more.</returns>
    public bool IsValid(ReadOnlySpan<byte> text, bool isEnd)
    {
        var unchecked_ = text[_checked..];
        if (isEnd)
        {
            _checked = 0;
            return Utf8.IsValid(unchecked_);
        }

        var whole = unchecked_.Length - CutOffBytes(unchecked_);
        _checked += whole;
        return Utf8.IsValid(unchecked_[..whole]);
    }

    // The bytes at the end that belong to a character whose rest has not come: at most three, from its first byte on.
    private static int CutOffBytes(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= Math.Min(3, text.Length); back++)
        {
            var value = text[^back];
            var length = value switch { < 0x80 => 1, < 0xC0 => 0, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
            if (length > 0)
            {
                return length > back ? back : 0;
            }
        }

        return 0;
    }
}
