using System.Buffers;
using System.Text;
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

    // The bytes at the end that belong to a character whose rest has not come, and that can still become one: at most three.
    private static int CutOffBytes(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= Math.Min(3, text.Length); back++)
        {
            if ((text[^back] & 0xC0) != 0x80)
            {
                return Rune.DecodeFromUtf8(text[^back..], out _, out _) == OperationStatus.NeedMoreData ? back : 0;
            }
        }

        return 0;
    }
}
