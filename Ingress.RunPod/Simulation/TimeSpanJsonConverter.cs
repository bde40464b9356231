using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ingress.RunPod.Simulation;

/// <summary>Times in the control API: <c>"00:00:02"</c> as in the configuration, or a number of milliseconds.</summary>
internal sealed class TimeSpanJsonConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && Math.Abs(reader.GetDouble()) < TimeSpan.MaxValue.TotalMilliseconds / 2)
        {
            return TimeSpan.FromMilliseconds(reader.GetDouble());
        }

        return reader.TokenType == JsonTokenType.String && TimeSpan.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out var time)
            ? time
            : throw new JsonException("a time is written \"00:00:02\", or as a number of milliseconds");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("c", CultureInfo.InvariantCulture));
}
