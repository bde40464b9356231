using System.Text.Json;
using System.Text.Unicode;

namespace Ingress.Pipeline.Protocol;

/// <summary>
/// Reads a client's message in one pass, without building a tree: it is checked as JSON to its last byte, and the few fields that
/// concern us are picked out. The input stays where it is, to be copied byte for byte.
/// </summary>
internal static class ClientMessageParser
{
    /// <summary>The deepest nesting taken, the same as the JSON reader's own default. Deeper input is refused before it costs stack.</summary>
    public const int MaxDepth = 64;

    /// <summary>The longest id, in characters.</summary>
    public const int MaxIdLength = 128;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <summary>Reads a message.</summary>
    /// <param name="utf8">The whole message.</param>
    /// <param name="protocol">The connection's protocol.</param>
    /// <param name="knownUtf8">Whether the bytes were already checked to be UTF-8, as those of text frames are.</param>
    /// <returns>The message; an invalid one says why.</returns>
    public static ClientMessage Parse(ReadOnlySpan<byte> utf8, WireProtocol protocol, bool knownUtf8)
    {
        if (!knownUtf8 && !Utf8.IsValid(utf8))
        {
            return Invalid(ErrorCode.InvalidJson, "The message is not UTF-8.");
        }

        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        var fields = new MessageFields(utf8);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                RequireEnd(ref reader);
                return Invalid(ErrorCode.InvalidMessage, "The message must be one JSON object.");
            }

            fields.Start = (int)reader.TokenStartIndex;
            fields.ReadAll(ref reader);
            fields.End = (int)reader.BytesConsumed;
            RequireEnd(ref reader);
        }
        catch (JsonException e)
        {
            return Invalid(ErrorCode.InvalidJson, Describe(e));
        }

        return protocol == WireProtocol.Plain ? fields.ToPlainRequest() : fields.ToMessage();
    }

    /// <summary>Makes a refusal of a message that is no request.</summary>
    /// <param name="code">The error code.</param>
    /// <param name="message">What was wrong and what to do.</param>
    /// <param name="id">The id, where one could be read.</param>
    /// <returns>The refused message.</returns>
    internal static ClientMessage Invalid(string code, string message, string? id = null) =>
        new() { Kind = ClientMessageKind.Invalid, Error = new RequestError(code, message), Id = id };

    private static void RequireEnd(ref Utf8JsonReader reader)
    {
        // The reader throws on anything but white space after the value.
        while (reader.Read())
        {
        }
    }

    // The reader's own text can quote the payload; only the place and the kind of fault are told.
    private static string Describe(JsonException e) =>
        e.Message.Contains("maximum configured depth", StringComparison.Ordinal)
            ? $"The message is nested more than {MaxDepth} levels deep."
            : $"The message is not valid JSON (line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}).";
}
