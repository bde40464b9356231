using Microsoft.Extensions.Options;

namespace Ingress.RunPod;

/// <summary>
/// Checks <see cref="RunPodOptions"/>. Each message names the key, the value and the rule; never the value of a key or a credential.
/// </summary>
/// <remarks>What is missing altogether is no failure here: see <see cref="RunPodOptions.GetMissingKeys"/>.</remarks>
internal sealed class RunPodOptionsValidator : IValidateOptions<RunPodOptions>
{
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SevenDays = TimeSpan.FromDays(7);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RunPodOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var failures = new List<string>();
        CheckEndpoint(RunPodOptions.SectionName, EndpointSettings.AsEndpoint(options), failures);
        foreach (var (endpointName, endpoint) in options.Endpoints)
        {
            var path = $"{RunPodOptions.SectionName}:{nameof(RunPodOptions.Endpoints)}:{endpointName}";
            if (string.Equals(endpointName, RunPodOptions.DefaultEndpointName, StringComparison.OrdinalIgnoreCase))
            {
                failures.Add($"{path}: the name '{endpointName}' stands for the endpoint of the section itself; choose another");
            }

            CheckEndpoint(path, endpoint, failures);
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckEndpoint(string path, RunPodEndpointOptions endpoint, List<string> failures)
    {
        CheckBaseUrl(path, endpoint.BaseUrl, failures);
        CheckEndpointId(path, endpoint.EndpointId, failures);
        if (!string.IsNullOrWhiteSpace(endpoint.ApiKey) && endpoint.ApiKey.Any(static c => c is <= ' ' or > '~'))
        {
            failures.Add($"{path}:{nameof(endpoint.ApiKey)} (value not shown): must be printable ASCII without spaces");
        }

        CheckRange(path, nameof(endpoint.MaxWorkers), endpoint.MaxWorkers, 1, 1_000, failures);
        CheckRange(path, nameof(endpoint.ConcurrencyPerWorker), endpoint.ConcurrencyPerWorker, 1, 1_000, failures);
        CheckRange(path, nameof(endpoint.ScalerRequestCount), endpoint.ScalerRequestCount, 1, 1_000, failures);
        CheckRange(path, nameof(endpoint.PollInterval), endpoint.PollInterval, ShortestPoll, TimeSpan.FromMinutes(1), failures);
        CheckRange(path, nameof(endpoint.ExecutionTimeout), endpoint.ExecutionTimeout, TimeSpan.FromSeconds(5), SevenDays, failures);
        CheckRange(path, nameof(endpoint.JobTtl), endpoint.JobTtl, TimeSpan.FromSeconds(10), SevenDays, failures);
        CheckRange(path, nameof(endpoint.StartTimeout), endpoint.StartTimeout, TimeSpan.FromSeconds(10), SevenDays, failures);
        if (endpoint.Limits is { } limits)
        {
            CheckLimits($"{path}:{nameof(endpoint.Limits)}", limits, failures);
        }
    }

    private static void CheckLimits(string path, RunPodLimitOptions limits, List<string> failures)
    {
        CheckRange(path, nameof(limits.RunRequests), limits.RunRequests, 1, 1_000_000, failures);
        CheckRange(path, nameof(limits.RunConcurrency), limits.RunConcurrency, 1, 100_000, failures);
        CheckRange(path, nameof(limits.ReadRequests), limits.ReadRequests, 10, 1_000_000, failures);
        CheckRange(path, nameof(limits.ReadConcurrency), limits.ReadConcurrency, 10, 100_000, failures);
        CheckRange(path, nameof(limits.CancelRequests), limits.CancelRequests, 1, 1_000_000, failures);
        CheckRange(path, nameof(limits.CancelConcurrency), limits.CancelConcurrency, 1, 100_000, failures);
    }

    private static void CheckBaseUrl(string path, string? value, List<string> failures)
    {
        if (value is null)
        {
            return;
        }

        var key = $"{path}:{nameof(RunPodOptions.BaseUrl)}";
        var isUrl = Uri.TryCreate(value, UriKind.Absolute, out var url);
        if (isUrl && url!.UserInfo.Length > 0)
        {
            failures.Add(
                $"{key} (value not shown): must hold no user name or password; the key belongs into {path}:{nameof(RunPodOptions.ApiKey)}");
        }
        else if (!isUrl
            || (url!.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            || url.Query.Length > 0
            || url.Fragment.Length > 0)
        {
            failures.Add($"{key} is '{value}': must be an absolute http or https URL without query and fragment");
        }
    }

    private static void CheckEndpointId(string path, string? value, List<string> failures)
    {
        if (!string.IsNullOrWhiteSpace(value) && !value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            failures.Add($"{path}:{nameof(RunPodOptions.EndpointId)} is '{value}': must hold only letters, digits, '-' and '_'");
        }
    }

    private static void CheckRange<T>(string path, string key, T? value, T lowest, T highest, List<string> failures)
        where T : struct, IComparable<T>
    {
        if (value is { } given && (given.CompareTo(lowest) < 0 || given.CompareTo(highest) > 0))
        {
            failures.Add($"{path}:{key} is '{given}': must be between {lowest} and {highest}");
        }
    }
}
