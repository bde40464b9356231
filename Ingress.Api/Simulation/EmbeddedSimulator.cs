using Ingress.Api.Configuration;
using Ingress.RunPod;
using Ingress.RunPod.Simulation;

namespace Ingress.Api.Simulation;

/// <summary>Stands in for RunPod on a developer's machine, inside the same process.</summary>
internal static class EmbeddedSimulator
{
    private const string Url = "http://127.0.0.1:0";
    private const string EndpointId = "simulated";
    private const string ApiKey = "simulated";

    /// <summary>
    /// Starts the simulator where no RunPod endpoint is configured and the environment is Development, and points the configuration at it.
    /// </summary>
    /// <param name="builder">The host's builder.</param>
    /// <returns>The simulator, which the caller disposes; null where RunPod is configured.</returns>
    /// <exception cref="ConfigurationProblemException">RunPod is not configured, and this is not Development.</exception>
    public static async Task<RunningSimulator?> StartIfWantedAsync(WebApplicationBuilder builder)
    {
        var runPod = builder.Configuration.GetSection(RunPodOptions.SectionName).Get<RunPodOptions>() ?? new RunPodOptions();
        var missing = runPod.GetMissingKeys();
        if (missing.Count == 0)
        {
            return null;
        }

        // Half a configuration is meant for the real thing; to simulate then would hide the slip.
        var nothingSet = string.IsNullOrWhiteSpace(runPod.EndpointId) && string.IsNullOrWhiteSpace(runPod.ApiKey);
        if (!builder.Environment.IsDevelopment() || !nothingSet)
        {
            throw new ConfigurationProblemException([.. missing.Select(Missing), .. nothingSet ? [WayOut(builder.Environment)] : Array.Empty<string>()]);
        }

        var options = SimulatorSettings.Read(builder.Configuration);
        var simulator = await SimulatorHost.StartAsync(options, Url);
        builder.Configuration.AddInMemoryCollection(Redirect(runPod, simulator, options.ApiKey ?? ApiKey));
        return simulator;
    }

    private static string Missing(string key) =>
        $"{key} is not set: must be what RunPod shows for the endpoint; the environment variable is {key.Replace(":", "__", StringComparison.Ordinal)}";

    private static string WayOut(IHostEnvironment environment) =>
        $"To run without RunPod, against the embedded simulator, set DOTNET_ENVIRONMENT=Development (it is {environment.EnvironmentName})";

    private static IEnumerable<KeyValuePair<string, string?>> Redirect(RunPodOptions runPod, RunningSimulator simulator, string apiKey)
    {
        yield return new($"{RunPodOptions.SectionName}:{nameof(runPod.BaseUrl)}", simulator.BaseUrl.AbsoluteUri);
        yield return new($"{RunPodOptions.SectionName}:{nameof(runPod.EndpointId)}", EndpointId);
        yield return new($"{RunPodOptions.SectionName}:{nameof(runPod.ApiKey)}", apiKey);
        foreach (var (name, endpoint) in runPod.Endpoints.Where(static e => string.IsNullOrWhiteSpace(e.Value.EndpointId)))
        {
            yield return new($"{RunPodOptions.SectionName}:{nameof(runPod.Endpoints)}:{name}:{nameof(endpoint.EndpointId)}", name);
        }
    }
}
