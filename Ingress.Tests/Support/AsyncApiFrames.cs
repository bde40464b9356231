using System.Text.Json;
using Ingress.Api.AsyncApi;
using Ingress.Api.Playground;

namespace Ingress.Tests.Support;

/// <summary>Checks messages against the AsyncAPI document, so that neither it nor the service can drift.</summary>
internal static class AsyncApiFrames
{
    private static readonly JsonElement Document = Read();
    private static readonly JsonSchema Open = new(Document, closed: false);
    private static readonly JsonSchema Closed = new(Document, closed: true);

    /// <summary>Gets the document.</summary>
    public static JsonElement Root => Document;

    /// <summary>Fails the test when a message is not as the document says.</summary>
    /// <param name="direction">Who sent it.</param>
    /// <param name="text">The message.</param>
    /// <param name="plain">Whether it went over a connection without subprotocol.</param>
    public static void Validate(FrameDirection direction, string text, bool plain = false)
    {
        var faults = FaultsOf(direction, text, plain);
        faults.Should().BeEmpty("the document must describe what was {0}: {1}", direction, text);
    }

    /// <summary>Compares a message with the document. Clients may send fields that it does not describe; the server may not.</summary>
    /// <param name="direction">Who sent it.</param>
    /// <param name="text">The message.</param>
    /// <param name="plain">Whether it went over a connection without subprotocol.</param>
    /// <returns>One sentence for each difference.</returns>
    public static IReadOnlyList<string> FaultsOf(FrameDirection direction, string text, bool plain = false)
    {
        if (plain && text == TestClient.Acknowledgement)
        {
            return [];
        }

        try
        {
            using var message = JsonDocument.Parse(text);
            var operation = direction == FrameDirection.Sent ? "send" : "receive";
            var schema = SchemaOf(plain ? $"{operation}Plain" : operation, message.RootElement);
            return schema is null
                ? ["no such message is described"]
                : [.. (direction == FrameDirection.Sent ? Open : Closed).Check(schema.Value, message.RootElement)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is what an escaped half of a surrogate pair gives.
            return [e.Message];
        }
    }

    /// <summary>Gets the names of the messages of an operation.</summary>
    /// <param name="operation">The operation's key.</param>
    public static IEnumerable<string> MessagesOf(string operation) =>
        Messages(operation).Select(static message => message.GetProperty("name").GetString()!);

    /// <summary>Gets the values that a schema allows.</summary>
    /// <param name="path">The way to it, from the document's schemas on.</param>
    public static IEnumerable<string> ValuesOf(params string[] path) => path
        .Aggregate(Document.GetProperty("components").GetProperty("schemas"), static (at, name) => at.GetProperty(name))
        .GetProperty("enum").EnumerateArray().Select(static value => value.GetString()!);

    private static JsonElement? SchemaOf(string operation, JsonElement message)
    {
        foreach (var candidate in Messages(operation))
        {
            var schema = Open.Resolve(candidate.GetProperty("payload"));
            if (!schema.TryGetProperty("properties", out var properties) || !properties.TryGetProperty("type", out var type)
                || (message.ValueKind == JsonValueKind.Object && message.TryGetProperty("type", out var given)
                    && JsonElement.DeepEquals(type.GetProperty("const"), given)))
            {
                if (schema.TryGetProperty("const", out _))
                {
                    continue; // the acknowledgement, which is no JSON
                }

                return schema;
            }
        }

        return null;
    }

    private static IEnumerable<JsonElement> Messages(string operation) =>
        Document.GetProperty("operations").GetProperty(operation).GetProperty("messages").EnumerateArray().Select(Open.Resolve);

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(EmbeddedFile.Read(AsyncApiRoutes.FileName).Content.ToArray());
        return document.RootElement.Clone();
    }
}
