using System.Text.Json;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Protocol;

/// <summary>Reads a request's <c>policy</c>.</summary>
internal static class PolicyReader
{
    /// <summary>Reads the value that follows the property name the reader stands at.</summary>
    /// <param name="reader">Stands at the value's end afterwards.</param>
    /// <returns>The policy and, where it is not of the right form, why.</returns>
    public static (JobPolicy Policy, string? Fault) Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return default;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return (default, "'policy' must be an object.");
        }

        return ReadObject(ref reader);
    }

    private static (JobPolicy Policy, string? Fault) ReadObject(ref Utf8JsonReader reader)
    {
        NumberField executionTimeout = default, ttl = default;
        var lowPriority = false;
        string? fault = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!FieldName.MayBeKnown(ref reader))
            {
                reader.Skip();
            }
            else if (reader.ValueTextEquals("executionTimeout"u8))
            {
                executionTimeout.Read(ref reader);
                fault ??= Check(executionTimeout, "executionTimeout");
            }
            else if (reader.ValueTextEquals("ttl"u8))
            {
                ttl.Read(ref reader);
                fault ??= Check(ttl, "ttl");
            }
            else if (reader.ValueTextEquals("lowPriority"u8))
            {
                reader.Read();
                lowPriority = reader.TokenType == JsonTokenType.True;
                fault ??= reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
                    ? null
                    : "'policy.lowPriority' must be true or false.";
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }

        return (new JobPolicy(executionTimeout.Value, ttl.Value, lowPriority), fault);
    }

    private static string? Check(NumberField field, string name) =>
        field.Present && field.Value is null or < 0 ? $"'policy.{name}' must be a whole number of milliseconds, 0 or more." : null;
}
