using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Simulation.Support;

/// <summary>
/// A simulator on a port of its own, and a client for it. Workers start at once and nothing takes time unless the test says so.
/// </summary>
internal sealed class SimulatorServer : IAsyncDisposable
{
    private SimulatorServer(RunningSimulator running)
    {
        Running = running;
        Http = new HttpClient { BaseAddress = running.Address };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "key");
    }

    public RunningSimulator Running { get; }

    public HttpClient Http { get; }

    public Simulator Engine => Running.Engine;

    public static async Task<SimulatorServer> StartAsync(Action<SimulatorOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new SimulatorOptions
        {
            ColdStart = TimeSpan.Zero,
            ChunkDelay = TimeSpan.Zero,
            JobDuration = TimeSpan.Zero,
            StopDelay = TimeSpan.Zero,
            HealthLag = TimeSpan.Zero,
        };
        configure?.Invoke(options);
        return new SimulatorServer(await SimulatorHost.StartAsync(options, "http://127.0.0.1:0", timeProvider: time));
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return Http.SendAsync(request, cancellationToken);
    }

    /// <summary>Sends a call and expects 200 with JSON.</summary>
    public async Task<JsonElement> CallAsync(HttpMethod method, string path, string? body = null, CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(method, path, body, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        ((int)response.StatusCode).Should().Be(200, text);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        return Answers.Parse(text);
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<JsonElement> PostAsync(string path, string? body, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, path, body, cancellationToken);

    public async Task<int> CodeAsync(HttpMethod method, string path, string? body = null, CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(method, path, body, cancellationToken);
        return (int)response.StatusCode;
    }

    public async Task<string> RunAsync(string input = """{"prompt":"one two three"}""", CancellationToken cancellationToken = default) =>
        (await PostAsync("/v2/ep/run", $$"""{"input":{{input}}}""", cancellationToken)).Str("id");

    /// <summary>Reads a stream to its end, as a client does.</summary>
    public async Task<(string State, string Text)> ReadStreamAsync(string id, CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        while (true)
        {
            var answer = await GetAsync($"/v2/ep/stream/{id}?wait=5000", cancellationToken);
            text.Append(answer.Words());
            if (answer.Str("status") is not ("IN_QUEUE" or "IN_PROGRESS") && answer.Outputs().Length == 0)
            {
                return (answer.Str("status"), text.ToString());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Running.DisposeAsync();
    }
}
