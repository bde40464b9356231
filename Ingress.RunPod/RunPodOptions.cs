namespace Ingress.RunPod;

/// <summary>The section <c>RunPod</c>: the default endpoint, and what the further <see cref="Endpoints"/> leave out.</summary>
public sealed class RunPodOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "RunPod";

    /// <summary>The name of the endpoint that serves requests which name none.</summary>
    public const string DefaultEndpointName = "default";

    /// <summary>Gets or sets the root of RunPod's job API.</summary>
    /// <value>An absolute http or https URL; may end in a slash. The default is RunPod's own.</value>
    public string BaseUrl { get; set; } = "https://api.runpod.ai/v2";

    /// <summary>Gets or sets RunPod's id of the endpoint.</summary>
    /// <value>Letters, digits, <c>-</c> and <c>_</c>. No default.</value>
    public string? EndpointId { get; set; }

    /// <summary>Gets or sets the key that may use the endpoint.</summary>
    /// <value>Sent as a bearer token on every call, never logged. No default.</value>
    public string? ApiKey { get; set; }

    /// <summary>Gets or sets the most workers that the endpoint may have.</summary>
    /// <value>1 to 1,000. The default is 3.</value>
    public int MaxWorkers { get; set; } = 3;

    /// <summary>Gets or sets how many jobs one worker runs at a time.</summary>
    /// <value>1 to 1,000. The default is 1.</value>
    public int ConcurrencyPerWorker { get; set; } = 1;

    /// <summary>Gets or sets the scaler's value where the endpoint scales by request count.</summary>
    /// <value>1 to 1,000. The default is 1, which also suits endpoints that scale by queue delay.</value>
    public int ScalerRequestCount { get; set; } = 1;

    /// <summary>Gets or sets how often readiness is read while something waits or runs.</summary>
    /// <value>50 ms to 1 minute. The default is 1 s.</value>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the default and the upper bound of a job's <c>policy.executionTimeout</c>.</summary>
    /// <value>5 s to 7 days, RunPod's range. The default is 10 minutes.</value>
    public TimeSpan ExecutionTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets the default and the upper bound of a job's <c>policy.ttl</c>, counted from its hand-over.</summary>
    /// <value>10 s to 7 days, RunPod's range. The default is 1 hour.</value>
    public TimeSpan JobTtl { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Gets or sets how long a job may wait in RunPod's own queue before it is withdrawn there; the next request then takes its place.
    /// </summary>
    /// <value>10 s to 7 days. The default is 10 minutes.</value>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets RunPod's limits, which this service keeps by itself.</summary>
    /// <value>The default is what RunPod grants every endpoint; it grants more to endpoints with many workers.</value>
    public RunPodLimitOptions Limits { get; set; } = new();

    /// <summary>Gets further endpoints by the name under which a request asks for them.</summary>
    public Dictionary<string, RunPodEndpointOptions> Endpoints { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Tells which settings have to be made before the service can talk to RunPod; what follows from that (a simulator, a refused
    /// start) is the host's decision.
    /// </summary>
    /// <returns>The full configuration keys that have no value; empty when nothing is missing.</returns>
    public IReadOnlyList<string> GetMissingKeys()
    {
        var missing = new List<string>();
        AddIfEmpty(EndpointId, $"{SectionName}:{nameof(EndpointId)}");
        AddIfEmpty(ApiKey, $"{SectionName}:{nameof(ApiKey)}");
        foreach (var (name, endpoint) in Endpoints)
        {
            // The id alone is not inherited: two names for one endpoint would each take all its workers for their own.
            AddIfEmpty(endpoint.EndpointId, $"{SectionName}:{nameof(Endpoints)}:{name}:{nameof(EndpointId)}");
        }

        return missing;

        void AddIfEmpty(string? value, string key)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                missing.Add(key);
            }
        }
    }
}
