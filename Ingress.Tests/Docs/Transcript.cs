using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Docs;

/// <summary>A conversation with the service, written down as the documentation shows it.</summary>
/// <param name="server">The service.</param>
/// <param name="cancellationToken">Ends the waits.</param>
internal sealed class Transcript(IngressServer server, CancellationToken cancellationToken)
{
    /// <summary>Before what the client says.</summary>
    public const string Sent = "→ ";

    /// <summary>Before what the service says.</summary>
    public const string Received = "← ";

    private readonly List<string> _lines = [];

    /// <summary>Gets what was said, one line for each message.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Connects.</summary>
    /// <param name="subprotocol">The subprotocol; null for none.</param>
    public Task<TestClient> ConnectAsync(string? subprotocol = TestClient.V1) => server.ConnectAsync(cancellationToken, subprotocol);

    /// <summary>Writes down what happens beside the messages.</summary>
    /// <param name="text">What.</param>
    public void Note(string text) => _lines.Add($"  {text}");

    /// <summary>Says something.</summary>
    /// <param name="client">Who.</param>
    /// <param name="text">What.</param>
    public async Task SayAsync(TestClient client, string text)
    {
        _lines.Add(Sent + text);
        await client.SendAsync(text, cancellationToken);
    }

    /// <summary>Writes down what comes, up to a message of the given type. Places in the queue are left out: they come by chance.</summary>
    /// <param name="client">Who hears it.</param>
    /// <param name="type">The type; null for the next message.</param>
    /// <returns>The last message; null where it is no JSON.</returns>
    public async Task<JsonElement?> HearAsync(TestClient client, string? type = null)
    {
        while (true)
        {
            var text = await client.ReceiveTextAsync(cancellationToken) ?? throw new InvalidOperationException("The server closed.");
            JsonElement? message = text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : null;
            var isType = message?.GetProperty("type").GetString();
            if (isType == "request.position")
            {
                continue;
            }

            _lines.Add(Received + text);
            if (type is null || isType == type)
            {
                return message;
            }
        }
    }

    /// <summary>Gets what stays the same from one time to the next: who speaks, and the fields that a message of its type always has.</summary>
    /// <param name="line">A line of a transcript.</param>
    public static string ShapeOf(string line)
    {
        if (!line.StartsWith(Received + "{", StringComparison.Ordinal))
        {
            return line.StartsWith(Sent, StringComparison.Ordinal) && line.Contains("\"resume\"", StringComparison.Ordinal) ? Sent + "resume" : line;
        }

        var text = line[Received.Length..];
        AsyncApiFrames.Validate(FrameDirection.Received, text);
        var message = JsonDocument.Parse(text).RootElement;
        var id = message.TryGetProperty("id", out var given) ? given.GetString() : null;
        id = Guid.TryParse(id, out _) ? "(made by the service)" : id;
        var error = message.TryGetProperty("error", out var why) ? why.GetProperty("code").GetString() : null;
        var output = message.TryGetProperty("output", out var chunk) ? chunk.GetRawText() : null;
        return $"{Received}{message.GetProperty("type")} {id} {error} {output}";
    }
}
