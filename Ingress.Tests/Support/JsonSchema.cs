using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ingress.Tests.Support;

/// <summary>
/// Checks values against the part of JSON Schema (draft 7) that the AsyncAPI document uses. A keyword that it does not know is an error,
/// so that the document cannot ask for what nobody checks.
/// </summary>
/// <param name="root">The document that references point into.</param>
/// <param name="closed">Whether a property that the schema does not describe is a fault.</param>
internal sealed class JsonSchema(JsonElement root, bool closed)
{
    /// <summary>Checks a value.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Where the value is.</param>
    /// <returns>One sentence for each fault.</returns>
    public IEnumerable<string> Check(JsonElement schema, JsonElement value, string path = "$") =>
        schema.EnumerateObject().SelectMany(rule => Check(rule.Name, rule.Value, schema, value, path));

    /// <summary>Follows references to the schema that they stand for.</summary>
    /// <param name="schema">A schema, or a reference to one.</param>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            schema = reference.GetString()!.Split('/').Skip(1).Aggregate(root, static (at, name) => at.GetProperty(name));
        }

        return schema;
    }

    private IEnumerable<string> Check(string keyword, JsonElement rule, JsonElement schema, JsonElement value, string path) => keyword switch
    {
        "$ref" => Check(Resolve(schema), value, path),
        "type" => When(!IsOfType(rule, value), $"{path} is {value.ValueKind}, not {rule}"),
        "const" => When(!JsonElement.DeepEquals(rule, value), $"{path} is {value.GetRawText()}, not {rule.GetRawText()}"),
        "enum" => When(!rule.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)), $"{path} is {value.GetRawText()}, none of {rule}"),
        "minimum" => When(value.ValueKind == JsonValueKind.Number && value.GetDecimal() < rule.GetDecimal(), $"{path} is below {rule}"),
        "minLength" => When(Text(value) is { } text && text.Length < rule.GetInt32(), $"{path} is shorter than {rule}"),
        "maxLength" => When(Text(value) is { } text && text.Length > rule.GetInt32(), $"{path} is longer than {rule}"),
        "pattern" => When(Text(value) is { } text && !Regex.IsMatch(text, rule.GetString()!), $"{path} does not match {rule}"),
        "format" => When(Text(value) is { } text && !Guid.TryParseExact(text, Format(rule), out _), $"{path} is no {rule}"),
        "required" => rule.EnumerateArray().SelectMany(name =>
            When(value.ValueKind == JsonValueKind.Object && !value.TryGetProperty(name.GetString()!, out _), $"{path} lacks {name}")),
        "properties" => CheckProperties(rule, value, path),
        "oneOf" => CheckOneOf(rule, value, path),
        "not" => When(!Check(rule, value, path).Any(), $"{path} is what it must not be"),
        "title" or "description" => [],
        _ => throw new NotSupportedException($"'{keyword}' at {path} is not checked."),
    };

    private IEnumerable<string> CheckProperties(JsonElement properties, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }

        foreach (var property in value.EnumerateObject())
        {
            if (!properties.TryGetProperty(property.Name, out var schema))
            {
                if (closed)
                {
                    yield return $"{path}.{property.Name} is not described";
                }

                continue;
            }

            foreach (var fault in Check(schema, property.Value, $"{path}.{property.Name}"))
            {
                yield return fault;
            }
        }
    }

    private IEnumerable<string> CheckOneOf(JsonElement schemas, JsonElement value, string path)
    {
        var matches = schemas.EnumerateArray().Count(schema => !Check(schema, value, path).Any());
        return When(matches != 1, $"{path} matches {matches} of the alternatives, not one");
    }

    private static bool IsOfType(JsonElement type, JsonElement value) => type.ValueKind == JsonValueKind.Array
        ? type.EnumerateArray().Any(one => IsOfType(one, value))
        : type.GetString() switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "string" => value.ValueKind == JsonValueKind.String,
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            var other => throw new NotSupportedException($"The type '{other}' is not checked."),
        };

    private static string Format(JsonElement format) =>
        format.ValueEquals("uuid") ? "D" : throw new NotSupportedException($"The format '{format}' is not checked.");

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IEnumerable<string> When(bool wrong, string fault) => wrong ? [fault] : [];
}
