using System.Text.Json;

namespace Ingress.Pipeline.Protocol;

/// <summary>A field that should be a whole number.</summary>
internal struct NumberField
{
    /// <summary>Gets whether the field was there, with whatever value but null.</summary>
    public bool Present { get; private set; }

    /// <summary>Gets the number; null where the field is absent or no whole number. What 64 bits cannot hold is the nearest they can.</summary>
    public long? Value { get; private set; }

    /// <summary>Reads the value that follows the property name the reader stands at.</summary>
    /// <param name="reader">Stands at the value's end afterwards.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        Present = reader.TokenType != JsonTokenType.Null;
        Value = reader.TokenType == JsonTokenType.Number ? WholeNumber(ref reader) : null;
        reader.Skip();
    }

    private static long? WholeNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var number))
        {
            return number;
        }

        var digits = reader.ValueSpan;
        return digits.IndexOfAny((byte)'.', (byte)'e', (byte)'E') >= 0 ? null : digits[0] == (byte)'-' ? long.MinValue : long.MaxValue;
    }
}
