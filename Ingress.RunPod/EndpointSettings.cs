namespace Ingress.RunPod;

/// <summary>The settings of one endpoint with everything inherited filled in. Immutable.</summary>
internal sealed record EndpointSettings
{
    /// <summary>Gets the name under which requests ask for the endpoint.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the configuration path of the endpoint's keys, for messages to operators.</summary>
    public required string Path { get; init; }

    /// <summary>Gets <c>{BaseUrl}/{EndpointId}</c>, without a slash at its end.</summary>
    public required Uri Address { get; init; }

    /// <summary>Gets the bearer token.</summary>
    public required string ApiKey { get; init; }

    public required int MaxWorkers { get; init; }

    public required int ConcurrencyPerWorker { get; init; }

    public required int ScalerRequestCount { get; init; }

    public required TimeSpan PollInterval { get; init; }

    public required TimeSpan ExecutionTimeout { get; init; }

    public required TimeSpan JobTtl { get; init; }

    public required TimeSpan StartTimeout { get; init; }

    public required RunPodLimitOptions Limits { get; init; }

    /// <summary>Gives the settings of every endpoint, the default one first.</summary>
    /// <param name="options">Valid options.</param>
    /// <returns>At least one.</returns>
    /// <exception cref="InvalidOperationException">A key without which RunPod cannot be called has no value.</exception>
    public static IReadOnlyList<EndpointSettings> From(RunPodOptions options)
    {
        var missing = options.GetMissingKeys();
        if (missing.Count > 0)
        {
            throw new InvalidOperationException($"RunPod cannot be called before these keys have a value: {string.Join(", ", missing)}.");
        }

        var root = AsEndpoint(options);
        var all = new List<EndpointSettings> { Resolve(RunPodOptions.DefaultEndpointName, RunPodOptions.SectionName, root, root) };
        foreach (var (name, endpoint) in options.Endpoints.OrderBy(static e => e.Key, StringComparer.Ordinal))
        {
            all.Add(Resolve(name, $"{RunPodOptions.SectionName}:{nameof(RunPodOptions.Endpoints)}:{name}", endpoint, root));
        }

        return all;
    }

    /// <summary>Gives the section's own endpoint the shape of the further ones.</summary>
    public static RunPodEndpointOptions AsEndpoint(RunPodOptions options) => new()
    {
        BaseUrl = options.BaseUrl,
        EndpointId = options.EndpointId,
        ApiKey = options.ApiKey,
        MaxWorkers = options.MaxWorkers,
        ConcurrencyPerWorker = options.ConcurrencyPerWorker,
        ScalerRequestCount = options.ScalerRequestCount,
        PollInterval = options.PollInterval,
        ExecutionTimeout = options.ExecutionTimeout,
        JobTtl = options.JobTtl,
        StartTimeout = options.StartTimeout,
        Limits = options.Limits,
    };

    private static EndpointSettings Resolve(string name, string path, RunPodEndpointOptions own, RunPodEndpointOptions root)
    {
        return new EndpointSettings
        {
            Name = name,
            Path = path,
            Address = new Uri($"{Text(own.BaseUrl, root.BaseUrl).TrimEnd('/')}/{own.EndpointId}", UriKind.Absolute),
            ApiKey = Text(own.ApiKey, root.ApiKey),
            MaxWorkers = Value(own.MaxWorkers, root.MaxWorkers),
            ConcurrencyPerWorker = Value(own.ConcurrencyPerWorker, root.ConcurrencyPerWorker),
            ScalerRequestCount = Value(own.ScalerRequestCount, root.ScalerRequestCount),
            PollInterval = Value(own.PollInterval, root.PollInterval),
            ExecutionTimeout = Value(own.ExecutionTimeout, root.ExecutionTimeout),
            JobTtl = Value(own.JobTtl, root.JobTtl),
            StartTimeout = Value(own.StartTimeout, root.StartTimeout),
            Limits = own.Limits ?? root.Limits ?? new RunPodLimitOptions(),
        };

        // The section itself always has a value, which is what makes these fallbacks complete.
        static T Value<T>(T? own, T? root) where T : struct => own ?? root.GetValueOrDefault();
        static string Text(string? own, string? root) => string.IsNullOrWhiteSpace(own) ? root ?? string.Empty : own;
    }
}
