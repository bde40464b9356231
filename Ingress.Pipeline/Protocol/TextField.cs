using System.Text;
using System.Text.Json;

namespace Ingress.Pipeline.Protocol;

/// <summary>
/// A field that should be a string: where it lies in the message. It is made a string only when it is asked for, since most messages of
/// the plain protocol have fields of our names that mean nothing to us.
/// </summary>
internal struct TextField
{
    private int _start;
    private int _length;
    private bool _isString;
    private bool _isEscaped;

    /// <summary>Gets whether the field was there, with whatever value but null.</summary>
    public bool Present { get; private set; }

    /// <summary>Reads the value that follows the property name the reader stands at.</summary>
    /// <param name="reader">Stands at the value's end afterwards.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        Present = reader.TokenType != JsonTokenType.Null;
        _isString = reader.TokenType == JsonTokenType.String;
        if (_isString)
        {
            _start = (int)reader.TokenStartIndex + 1;
            _length = reader.ValueSpan.Length;
            _isEscaped = reader.ValueIsEscaped;
        }

        reader.Skip();
    }

    /// <summary>Tells whether the field is a certain text.</summary>
    /// <param name="message">The message.</param>
    /// <param name="text">The text; nothing in it that would be escaped without need.</param>
    /// <returns>True where it is.</returns>
    public readonly bool Is(ReadOnlySpan<byte> message, ReadOnlySpan<byte> text) => _isEscaped
        ? Text(message) is { } value && value == Encoding.UTF8.GetString(text)
        : _isString && message.Slice(_start, _length).SequenceEqual(text);

    /// <summary>Gets the text.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The text; null where the field is absent, null or no string.</returns>
    public readonly string? Text(ReadOnlySpan<byte> message)
    {
        if (!_isString)
        {
            return null;
        }

        return _isEscaped ? Unescape(message.Slice(_start - 1, _length + 2)) : Encoding.UTF8.GetString(message.Slice(_start, _length));
    }

    private static string? Unescape(ReadOnlySpan<byte> quoted)
    {
        var reader = new Utf8JsonReader(quoted);
        reader.Read();
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair is valid JSON but no text.
            return null;
        }
    }
}
