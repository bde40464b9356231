using Ingress.Api.Hosting;

namespace Ingress.Api.Commands;

/// <summary>Asks a running service for its health; for a container image that has no other HTTP client in it.</summary>
internal static class HealthCheckCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>Asks once.</summary>
    /// <param name="args">The address to ask; the service's own by default.</param>
    /// <returns>Success where the answer is.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        using var client = new HttpClient { Timeout = Timeout };
        try
        {
            using var response = await client.GetAsync(new Uri(args.Length > 0 ? args[0] : DefaultUrl()));
            return response.IsSuccessStatusCode ? ExitCode.Success : ExitCode.Failure;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failure;
        }
    }

    private static string DefaultUrl()
    {
        var port = Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS") is { Length: > 0 } ports ? ports.Split(';')[0] : "8080";
        return $"http://127.0.0.1:{port}/health/live";
    }
}
