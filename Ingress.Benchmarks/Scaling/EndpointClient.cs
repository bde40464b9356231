using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Ingress.Benchmarks.Scaling;

/// <summary>The few calls that the simple gates make.</summary>
internal sealed class EndpointClient(Uri runPod) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = new Uri($"{runPod.AbsoluteUri.TrimEnd('/')}/study/"),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", "none") },
    };

    public async Task RunAsync()
    {
        using var body = new StringContent($$"""{"input":{{Job.Input}}}""", Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(new Uri("run", UriKind.Relative), body);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<int> IdleWorkersAsync()
    {
        await using var body = await _http.GetStreamAsync(new Uri("health", UriKind.Relative));
        using var health = await JsonDocument.ParseAsync(body);
        return health.RootElement.GetProperty("workers").GetProperty("idle").GetInt32();
    }

    public void Dispose() => _http.Dispose();
}
