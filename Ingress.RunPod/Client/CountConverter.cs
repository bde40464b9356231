using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ingress.RunPod.Client;

/// <summary>
/// Reads a count as leniently as it can: one that is null, of another type or out of range must not cost all the others, since without a
/// readable answer nothing is forwarded.
/// </summary>
/// <typeparam name="T">What the count is kept in; larger ones become its greatest value.</typeparam>
internal sealed class CountConverter<T> : JsonConverter<T>
    where T : struct, IBinaryInteger<T>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number when reader.TryGetDouble(out var number):
                return T.CreateSaturating(number);
            case JsonTokenType.String when double.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var number):
                return T.CreateSaturating(number);
            default:
                reader.Skip();
                return T.Zero;
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(long.CreateSaturating(value));
}
