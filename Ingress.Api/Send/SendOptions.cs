namespace Ingress.Api.Send;

/// <summary>What the command line of <c>send</c> asks for.</summary>
/// <param name="Url">The service's WebSocket.</param>
/// <param name="Key">An API key or token; null for none.</param>
/// <param name="Endpoint">The endpoint; null for the default one.</param>
/// <param name="Text">The prompt; null where a file has the requests.</param>
/// <param name="File">A file with one JSON object a line; null where a prompt was given.</param>
/// <param name="Concurrency">How many requests may be live at a time.</param>
/// <param name="Json">Whether events are printed as JSON lines.</param>
internal sealed record SendOptions(Uri Url, string? Key, string? Endpoint, string? Text, string? File, int Concurrency, bool Json)
{
    /// <summary>How the verb is used.</summary>
    public const string Usage = """
        send "text" [--url ws://localhost:8080/ws] [--key KEY] [--endpoint NAME] [--json]
        send --file requests.jsonl [--concurrency 50] …

          --url          the service's WebSocket
          --key          an API key or token; the environment's INGRESS_KEY if absent
          --endpoint     one of the endpoints that the service has configured
          --file         one JSON object a line: the input, or an envelope with "input" and optionally "id", "policy", "maxWaitMs", …
          --concurrency  how many requests of the file may be live at a time (10)
          --json         print every event as a line of JSON, and a summary as the last one

        Ends with 0 when every request completed, 1 when one did not, 64 for wrong arguments, 65 for a file that cannot be used,
        69 when the service cannot be reached, 77 when it refuses the key, 130 after Ctrl+C.
        """;

    private const int DefaultConcurrency = 10;
    private const string KeyVariable = "INGRESS_KEY";
    private static readonly HashSet<string> Known = ["--url", "--key", "--endpoint", "--file", "--concurrency"];

    /// <summary>Reads the arguments.</summary>
    /// <param name="args">The arguments after the verb.</param>
    /// <returns>What they ask for.</returns>
    /// <exception cref="SendException">They cannot be understood.</exception>
    public static SendOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        string? text = null;
        var json = false;
        for (var i = 0; i < args.Length; i++)
        {
            var parts = args[i].Split('=', 2);
            if (args[i] == "--json")
            {
                json = true;
            }
            else if (Known.Contains(parts[0]))
            {
                values[parts[0]] = parts.Length > 1 ? parts[1] : i + 1 < args.Length ? args[++i] : throw Wrong($"{args[i]} needs a value.");
            }
            else if (args[i].StartsWith("--", StringComparison.Ordinal) || text is not null)
            {
                throw Wrong($"'{args[i]}' is not understood{(text is null ? "." : "; put the text in quotes.")}");
            }
            else
            {
                text = args[i];
            }
        }

        var file = values.GetValueOrDefault("--file");
        return text is null == file is null
            ? throw Wrong("Give either a text or --file.")
            : new SendOptions(
                Address(values.GetValueOrDefault("--url")),
                values.GetValueOrDefault("--key") ?? Environment.GetEnvironmentVariable(KeyVariable),
                values.GetValueOrDefault("--endpoint"),
                text,
                file,
                AtOnce(values.GetValueOrDefault("--concurrency")),
                json);
    }

    private static Uri Address(string? url) =>
        Uri.TryCreate(url ?? "ws://localhost:8080/ws", UriKind.Absolute, out var address) && address.Scheme is "ws" or "wss"
            ? address
            : throw Wrong($"--url is '{url}': must begin with ws:// or wss://.");

    private static int AtOnce(string? count) =>
        count is null ? DefaultConcurrency
        : int.TryParse(count, out var number) && number > 0 ? number
        : throw Wrong($"--concurrency is '{count}': must be at least 1.");

    private static SendException Wrong(string message) => new(Hosting.ExitCode.Usage, $"{message}\n\n{Usage}");
}
