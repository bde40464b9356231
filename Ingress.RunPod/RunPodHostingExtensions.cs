using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ingress.RunPod;

/// <summary>Adds RunPod to a host.</summary>
public static class RunPodHostingExtensions
{
    /// <summary>
    /// Adds the configured RunPod endpoints as the pipeline's backends: <see cref="IReadOnlyList{T}"/> of <see cref="IJobBackend"/>, the
    /// default one first, and of <see cref="ISlotAudit"/> in the same order. Safe to call twice.
    /// </summary>
    /// <remarks>
    /// The options are read when the backends are first asked for, so the host may still set the address of a simulator after this call.
    /// The keys that <see cref="RunPodOptions.GetMissingKeys"/> lists must have values by then.
    /// </remarks>
    /// <param name="builder">The host's builder.</param>
    /// <returns>The builder.</returns>
    public static IHostApplicationBuilder AddRunPod(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (services.Any(static service => service.ServiceType == typeof(RunPodBackends)))
        {
            return builder;
        }

        services.AddOptions<RunPodOptions>().BindConfiguration(RunPodOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RunPodOptions>, RunPodOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<RunPodMetrics>();
        services.AddSingleton<RunPodBackends>();
        services.AddSingleton<IReadOnlyList<IJobBackend>>(static provider => provider.GetRequiredService<RunPodBackends>().All);
        services.AddSingleton<IReadOnlyList<ISlotAudit>>(static provider => provider.GetRequiredService<RunPodBackends>().All);

        // First in the list is started first and stopped last: when the connections are gone, their cancels are still to be sent.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, RunPodService>());
        return builder;
    }
}
