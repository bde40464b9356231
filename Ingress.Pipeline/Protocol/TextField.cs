using System.Text.Json;

namespace Ingress.Pipeline.Protocol;

/// <summary>A field that should be a string.</summary>
internal struct TextField
{
    /// <summary>Gets whether the field was there, with whatever value.</summary>
    public bool Present { get; private set; }

    /// <summary>Gets the text; null where the field is absent, null or no string.</summary>
    public string? Value { get; private set; }

    /// <summary>Gets whether the field is a string.</summary>
    public readonly bool IsText => Value is not null;

    /// <summary>Reads the value that follows the property name the reader stands at.</summary>
    /// <param name="reader">Stands at the value's end afterwards.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        Present = reader.TokenType != JsonTokenType.Null;
        Value = reader.TokenType == JsonTokenType.String ? TextOf(ref reader) : null;
        reader.Skip();
    }

    private static string? TextOf(ref Utf8JsonReader reader)
    {
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
