using Refit;

namespace Ingress.RunPod.Client;

/// <summary>The five operations of RunPod's job API that this service uses, below <c>{BaseUrl}/{EndpointId}</c>.</summary>
/// <remarks>
/// Job operations hand the raw answer over: chunks and outputs are passed on byte for byte, which no serializer promises, and what an
/// answer means depends on its status, its type and how much of it arrived (<see cref="RunPodClient"/>). The caller disposes answers.
/// </remarks>
internal interface IRunPodApi
{
    [Post("/run")]
    Task<HttpResponseMessage> RunAsync(
        [Body] HttpContent job, [Header("traceparent")] string? traceParent, CancellationToken cancellationToken);

    [Get("/status/{jobId}")]
    Task<HttpResponseMessage> GetStatusAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>Takes the chunks that were not taken yet. A GET with a side effect: what is read once is not there again.</summary>
    /// <param name="jobId">RunPod's id of the job.</param>
    /// <param name="wait">How long RunPod may hold the answer back while there is no chunk, in milliseconds: 1,000 to 300,000.</param>
    /// <param name="cancellationToken">Gives the read up, and with it the chunks that are on their way.</param>
    /// <returns>The answer.</returns>
    [Get("/stream/{jobId}")]
    Task<HttpResponseMessage> ReadStreamAsync(string jobId, int wait, CancellationToken cancellationToken);

    [Post("/cancel/{jobId}")]
    Task<HttpResponseMessage> CancelAsync(string jobId, CancellationToken cancellationToken);

    [Get("/health")]
    Task<IApiResponse<EndpointHealth>> GetHealthAsync(CancellationToken cancellationToken);
}
