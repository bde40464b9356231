using System.Text.Json;

namespace Ingress.Pipeline.Protocol;

/// <summary>What is known of a property's name before it is compared.</summary>
internal static class FieldName
{
    /// <summary>
    /// Tells whether a name can be one of the protocol's, which are all ASCII. One with an escaped surrogate cannot; and half a pair,
    /// which is valid JSON but no text, would make the reader throw when it is compared.
    /// </summary>
    /// <param name="reader">Stands at the name.</param>
    /// <returns>False when the name is certainly unknown.</returns>
    public static bool MayBeKnown(ref Utf8JsonReader reader) =>
        !reader.ValueIsEscaped || (reader.ValueSpan.IndexOf("\\ud"u8) < 0 && reader.ValueSpan.IndexOf("\\uD"u8) < 0);
}
