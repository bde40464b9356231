using System.Threading.RateLimiting;
using Ingress.RunPod.Limits;
using Ingress.RunPod.Telemetry;

namespace Ingress.RunPod.Client;

/// <summary>
/// Calls one endpoint: within its limits, each call with a bound in time, each outcome a value. Repeats nothing; whether a call may be
/// repeated is for the caller to know. Thread-safe.
/// </summary>
internal sealed class RunPodClient(IRunPodApi api, EndpointLimits limits, RunPodMetrics metrics, TimeProvider time, string endpoint)
{
    private const int MaxBody = 64 * 1024 * 1024; // RunPod's own limit of a result is 20 MB
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RunTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(5);

    /// <summary>Gets the limits that the calls keep.</summary>
    public EndpointLimits Limits => limits;

    /// <summary>Sends a job, once. The caller holds the permit.</summary>
    public Task<RunPodReply> RunAsync(RunContent content, string? traceParent) =>
        CallAsync("run", token => api.RunAsync(content, traceParent, token), RunTimeout, CancellationToken.None);

    /// <summary>Asks for a job's state.</summary>
    public async Task<RunPodReply> GetStatusAsync(string jobId, CancellationToken cancellationToken)
    {
        using var permit = await TakeAsync(limits.Read, cancellationToken);
        return await CallAsync("status", token => api.GetStatusAsync(jobId, token), CallTimeout, cancellationToken);
    }

    /// <summary>Takes a job's new chunks. Giving the call up loses those that are on their way.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="hold">How long RunPod may hold the answer back.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    public async Task<RunPodReply> ReadStreamAsync(string jobId, TimeSpan hold, CancellationToken cancellationToken)
    {
        using var permit = await TakeAsync(limits.Read, cancellationToken);
        var wait = (int)hold.TotalMilliseconds;
        return await CallAsync("stream", token => api.ReadStreamAsync(jobId, wait, token), hold + CallTimeout, cancellationToken);
    }

    /// <summary>Cancels a job. The caller holds the permit.</summary>
    public Task<RunPodReply> CancelAsync(string jobId, CancellationToken cancellationToken) =>
        CallAsync("cancel", token => api.CancelAsync(jobId, token), CallTimeout, cancellationToken);

    /// <summary>Asks for the endpoint's workers and jobs.</summary>
    public async Task<HealthReply> GetHealthAsync(CancellationToken cancellationToken)
    {
        EndpointHealth? health = null;
        var reply = await GuardAsync(
            "health",
            async token =>
            {
                using var response = await api.GetHealthAsync(token);
                token.ThrowIfCancellationRequested(); // a body that was given up half-way comes back as an error like any other
                health = response.IsSuccessful && response.Content?.Workers is not null ? response.Content : null;
                return ToReply((int)(response.StatusCode ?? 0), response.Headers?.RetryAfter, null, health is not null);
            },
            HealthTimeout,
            cancellationToken);
        return new HealthReply(reply, health);
    }

    private static async ValueTask<RateLimitLease> TakeAsync(RateLimiter limiter, CancellationToken cancellationToken)
    {
        var lease = await limiter.AcquireAsync(1, cancellationToken);

        // The limiters queue without bound, so this happens only once they are disposed.
        return lease.IsAcquired ? lease : throw new OperationCanceledException("The endpoint is shut down.");
    }

    private Task<RunPodReply> CallAsync(
        string operation, Func<CancellationToken, Task<HttpResponseMessage>> call, TimeSpan timeout, CancellationToken cancellationToken) =>
        GuardAsync(
            operation,
            async token =>
            {
                using var response = await call(token);
                if (!response.IsSuccessStatusCode)
                {
                    return ToReply((int)response.StatusCode, response.Headers.RetryAfter, null, false);
                }

                await response.Content.LoadIntoBufferAsync(MaxBody, token);
                var job = JobAnswerReader.Read(await response.Content.ReadAsByteArrayAsync(token));
                return ToReply((int)response.StatusCode, null, job, job is not null);
            },
            timeout,
            cancellationToken);

    private async Task<RunPodReply> GuardAsync(
        string operation, Func<CancellationToken, Task<RunPodReply>> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var late = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        RunPodReply reply;
        string? error = null;
        try
        {
            reply = await call(either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            metrics.Called(endpoint, operation, 0, "cancelled", time.GetElapsedTime(started));
            throw;
        }
        catch (OperationCanceledException)
        {
            (reply, error) = (new RunPodReply(ReplyKind.NoAnswer), "timeout");
        }
        catch (HttpRequestException exception)
        {
            (reply, error) = (new RunPodReply(IsNotSent(exception) ? ReplyKind.NotSent : ReplyKind.NoAnswer), ErrorType(exception));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ObjectDisposedException)
        {
            (reply, error) = (new RunPodReply(ReplyKind.NoAnswer), "response_ended");
        }

        metrics.Called(endpoint, operation, reply.Status, error ?? ErrorType(reply), time.GetElapsedTime(started));
        return reply;
    }

    private static bool IsNotSent(HttpRequestException exception) => exception.HttpRequestError
        is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;

    private static string ErrorType(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError => "connection_error",
        HttpRequestError.NameResolutionError => "name_resolution_error",
        HttpRequestError.SecureConnectionError => "secure_connection_error",
        HttpRequestError.ResponseEnded => "response_ended",
        _ => "transport",
    };

    private static string? ErrorType(RunPodReply reply) => reply.Kind switch
    {
        ReplyKind.Answered => null,
        ReplyKind.Unreadable => "unreadable",
        _ => reply.Status.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    private RunPodReply ToReply(int status, System.Net.Http.Headers.RetryConditionHeaderValue? retryAfter, JobAnswer? job, bool readable)
    {
        if (status is < 200 or > 299)
        {
            return new RunPodReply(status == 0 ? ReplyKind.NoAnswer : ReplyKind.Refused, status, null, Delay(retryAfter));
        }

        return new RunPodReply(readable ? ReplyKind.Answered : ReplyKind.Unreadable, status, job);
    }

    private TimeSpan? Delay(System.Net.Http.Headers.RetryConditionHeaderValue? retryAfter)
    {
        var delay = retryAfter?.Delta ?? (retryAfter?.Date - time.GetUtcNow());
        return delay is not { } asked ? null
            : asked < TimeSpan.Zero ? TimeSpan.Zero
            : asked > LongestRetryAfter ? LongestRetryAfter : asked;
    }
}
