namespace Ingress.RunPod;

/// <summary>
/// A further endpoint, <c>RunPod:Endpoints:{name}</c>. Every value but <see cref="EndpointId"/> that is left out is the one of the
/// section <c>RunPod</c>; meaning and range are those of <see cref="RunPodOptions"/>.
/// </summary>
public sealed class RunPodEndpointOptions
{
    /// <summary>Gets or sets the root of RunPod's job API.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Gets or sets RunPod's id of the endpoint. Has to be given.</summary>
    public string? EndpointId { get; set; }

    /// <summary>Gets or sets the key that may use the endpoint.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Gets or sets the most workers that the endpoint may have.</summary>
    public int? MaxWorkers { get; set; }

    /// <summary>Gets or sets how many jobs one worker runs at a time.</summary>
    public int? ConcurrencyPerWorker { get; set; }

    /// <summary>Gets or sets the scaler's value where the endpoint scales by request count.</summary>
    public int? ScalerRequestCount { get; set; }

    /// <summary>Gets or sets how often readiness is read while something waits or runs.</summary>
    public TimeSpan? PollInterval { get; set; }

    /// <summary>Gets or sets the default and the upper bound of a job's <c>policy.executionTimeout</c>.</summary>
    public TimeSpan? ExecutionTimeout { get; set; }

    /// <summary>Gets or sets the default and the upper bound of a job's <c>policy.ttl</c>.</summary>
    public TimeSpan? JobTtl { get; set; }

    /// <summary>Gets or sets how long a job may wait in RunPod's own queue.</summary>
    public TimeSpan? StartTimeout { get; set; }

    /// <summary>Gets or sets RunPod's limits.</summary>
    public RunPodLimitOptions? Limits { get; set; }
}
