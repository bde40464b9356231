using System.Text.Json;

namespace Ingress.Tests.Support;

/// <summary>Reads answers.</summary>
internal static class JsonAnswers
{
    /// <summary>Gets a route's answer, whatever its status.</summary>
    /// <param name="http">The client.</param>
    /// <param name="path">The route.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<JsonElement> GetJsonAsync(this HttpClient http, string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return await response.ReadJsonAsync(cancellationToken);
    }

    /// <summary>Reads an answer's body.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<JsonElement> ReadJsonAsync(this HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>Asks for a route until its answer is as wanted.</summary>
    /// <param name="http">The client.</param>
    /// <param name="path">The route.</param>
    /// <param name="wanted">What the answer has to be like.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<JsonElement> PollJsonAsync(
        this HttpClient http, string path, Func<JsonElement, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await http.GetJsonAsync(path, cancellationToken);
            if (wanted(answer))
            {
                return answer;
            }

            await Task.Delay(10, cancellationToken);
        }
    }
}
