using System.Text.Json;

namespace Ingress.Pipeline.Protocol.Events;

/// <summary>What several events write alike.</summary>
internal static class EventFields
{
    /// <summary>Writes a number, or nothing for null.</summary>
    public static void WriteOptional(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }

    /// <summary>Writes a number, or null.</summary>
    public static void WriteNullable(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>Writes JSON as it is, or null.</summary>
    public static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, byte[]? value)
    {
        json.WritePropertyName(name);
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteRawValue(value, skipInputValidation: true);
        }
    }

    /// <summary>Writes an error object.</summary>
    public static void WriteError(Utf8JsonWriter json, in RequestError error, bool withRetryable)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        if (withRetryable)
        {
            json.WriteBoolean("retryable"u8, error.Retryable);
        }

        json.WriteEndObject();
    }
}
