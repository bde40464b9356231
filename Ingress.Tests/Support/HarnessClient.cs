using System.Text.Json;
using Ingress.Pipeline.Protocol;

namespace Ingress.Tests.Support;

/// <summary>A client of the harness.</summary>
internal sealed class HarnessClient(ScriptedSocket socket, Task served, WireProtocol protocol)
{
    public ScriptedSocket Socket => socket;

    /// <summary>Gets the task that ends when the server is done with the connection.</summary>
    public Task Served => served;

    public WireProtocol Protocol => protocol;

    /// <summary>Gets the events so far, parsed; the plain acknowledgement is left out.</summary>
    public IReadOnlyList<JsonElement> Events => [.. socket.Sent
        .Where(static text => text.StartsWith('{'))
        .Select(static text => JsonDocument.Parse(text).RootElement)];

    public IEnumerable<JsonElement> EventsOf(string id) =>
        Events.Where(each => each.TryGetProperty("id", out var value) && value.GetString() == id);

    public JsonElement Last(string type) => Events.Last(each => each.GetProperty("type").GetString() == type);

    /// <summary>Gets the first event: the greeting of the session that the connection began with.</summary>
    public JsonElement Greeting => Events[0];

    public IReadOnlyList<string> Types => [.. Events.Select(static each => each.GetProperty("type").GetString()!)];

    public IEnumerable<string> TypesOf(string id) => EventsOf(id).Select(static each => each.GetProperty("type").GetString()!);

    public IReadOnlyList<JsonElement> All(string type) => [.. Events.Where(each => each.GetProperty("type").GetString() == type)];

    public void Request(string id, string input = "{}", string rest = "") =>
        socket.ClientSends($$"""{"type":"request","id":"{{id}}","input":{{input}}{{rest}}}""");

    public void Cancel(string id) => socket.ClientSends($$"""{"type":"cancel","id":"{{id}}"}""");

    public async Task<JsonElement> WaitForAsync(string type, CancellationToken cancellationToken, string? id = null)
    {
        while (true)
        {
            foreach (var each in Events)
            {
                if (each.GetProperty("type").GetString() == type
                    && (id is null || (each.TryGetProperty("id", out var value) && value.GetString() == id)))
                {
                    return each;
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
