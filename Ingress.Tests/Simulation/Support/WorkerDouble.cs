using System.Net;
using System.Text;
using System.Text.Json;

namespace Ingress.Tests.Simulation.Support;

/// <summary>
/// A worker that speaks as RunPod's Python SDK does: addresses made from the same templates, JSON under a form content type, the key
/// without
/// its scheme.
/// </summary>
internal sealed class WorkerDouble : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(90) };
    private readonly string _take;
    private readonly string _done;
    private readonly string _stream;
    private readonly string _ping;

    /// <param name="baseUrl">The simulator's job API.</param>
    /// <param name="id">What RUNPOD_POD_ID would be.</param>
    public WorkerDouble(Uri baseUrl, string id)
    {
        // The values of RUNPOD_WEBHOOK_GET_JOB, _POST_OUTPUT, _POST_STREAM and _PING, with what the SDK fills in at its start.
        _take = $"{baseUrl}/ep/job-take/$ID?gpu=none".Replace("$ID", id, StringComparison.Ordinal);
        _done = $"{baseUrl}/ep/job-done/$RUNPOD_POD_ID/$ID?gpu=none".Replace("$RUNPOD_POD_ID", id, StringComparison.Ordinal);
        _stream = $"{baseUrl}/ep/job-stream/$RUNPOD_POD_ID/$ID?gpu=none".Replace("$RUNPOD_POD_ID", id, StringComparison.Ordinal);
        _ping = $"{baseUrl}/ep/ping/$RUNPOD_POD_ID?gpu=none".Replace("$RUNPOD_POD_ID", id, StringComparison.Ordinal);
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "worker-key");
    }

    /// <summary>Takes one job, waiting for it; null for 204.</summary>
    public async Task<JsonElement?> TakeAsync(CancellationToken cancellationToken, bool busy = false) =>
        await GetAsync($"{_take}&job_in_progress={(busy ? 1 : 0)}", cancellationToken);

    public async Task<JsonElement?> TakeBatchAsync(int size, CancellationToken cancellationToken) => await GetAsync(
        _take.Replace("/job-take/", "/job-take-batch/", StringComparison.Ordinal) + $"&batch_size={size}&job_in_progress=0", cancellationToken);

    /// <summary>Waits on the stop channel.</summary>
    public async Task<JsonElement?> StopsAsync(CancellationToken cancellationToken) =>
        await GetAsync(_take.Replace("/job-take/", "/job-stop/", StringComparison.Ordinal), cancellationToken);

    public async Task PingAsync(string jobIds, CancellationToken cancellationToken) =>
        await GetAsync($"{_ping}&job_id={jobIds}&runpod_version=1.12.0", cancellationToken);

    public Task<HttpStatusCode> StreamAsync(string jobId, string chunk, CancellationToken cancellationToken) =>
        PostAsync(_stream, jobId, $$"""{"output": {{chunk}}}""", isStream: false, cancellationToken);

    public Task<HttpStatusCode> DoneAsync(string jobId, string body, bool isStream, CancellationToken cancellationToken) =>
        PostAsync(_done, jobId, body, isStream, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement?> GetAsync(string url, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(url), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            return null;
        }

        response.StatusCode.Should().Be(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json", "the SDK looks at it");
        return Answers.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task<HttpStatusCode> PostAsync(string template, string jobId, string body, bool isStream, CancellationToken cancellationToken)
    {
        var url = template.Replace("$ID", jobId, StringComparison.Ordinal) + $"&isStream={(isStream ? "true" : "false")}";
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"),
        };
        request.Headers.TryAddWithoutValidation("X-Request-ID", jobId);
        using var response = await _http.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }
}
