using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Operations;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline;

/// <summary>Adds the pipeline to a host.</summary>
public static class PipelineBuilderExtensions
{
    /// <summary>
    /// Adds connections, sessions, queues and forwarding. The host must also offer the backends, as
    /// <c>IReadOnlyList&lt;IJobBackend&gt;</c>, the default first.
    /// </summary>
    /// <param name="builder">The host's builder; its configuration is bound.</param>
    /// <returns>The same builder.</returns>
    public static IHostApplicationBuilder AddIngressPipeline(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddBound<QueueOptions, QueueOptionsValidator>(QueueOptions.SectionName);
        services.AddBound<ConnectionOptions, ConnectionOptionsValidator>(ConnectionOptions.SectionName);
        services.AddBound<SessionOptions, SessionOptionsValidator>(SessionOptions.SectionName);
        services.AddBound<RateLimitOptions, RateLimitOptionsValidator>(RateLimitOptions.SectionName);
        services.AddBound<ShutdownOptions, ShutdownOptionsValidator>(ShutdownOptions.SectionName);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddComponents();

        // Longer than all its parts, so that the host never cuts a drain off that is still within its own bounds.
        services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>(static (host, shutdown) =>
            host.ShutdownTimeout = shutdown.Value.DrainTimeout + (2 * DrainCoordinator.CloseTime) + DrainCoordinator.CancelTime
                + TimeSpan.FromSeconds(10));
        services.AddHostedService<HousekeepingService>();
        services.AddHostedService<DispatchService>();
        services.AddHostedService<DrainService>();
        return builder;
    }

    private static void AddBound<TOptions, TValidator>(this IServiceCollection services, string section)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions> =>
        services.AddOptionsWithValidateOnStart<TOptions, TValidator>().BindConfiguration(section);

    private static void AddComponents(this IServiceCollection services)
    {
        services.AddSingleton<IngressMetrics>();
        services.AddSingleton<RequestJournal>();
        services.AddSingleton<PrincipalUsage>();
        services.AddSingleton<ClientMemory>();
        services.AddSingleton<RequestEnding>();
        services.AddSingleton<SessionRegistry>();
        services.AddSingleton<LaneCatalog>();
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<RequestIntake>();
        services.AddSingleton<ConnectionServices>();
        services.AddSingleton<RequestRunner>();
        services.AddSingleton<PositionUpkeep>();
        services.AddSingleton<LeakAudit>();
        services.AddSingleton<Overload>();
        services.AddSingleton<Housekeeping>();
        services.AddSingleton<DrainState>();

        // Their constructors are internal, as what they need is.
        services.AddSingleton(static provider => new ConnectionHandler(
            provider.GetRequiredService<ConnectionServices>(), provider.GetRequiredService<ILogger<ConnectionHandler>>()));
        services.AddSingleton(static provider => new DrainCoordinator(
            provider.GetRequiredService<DrainState>(),
            provider.GetRequiredService<LaneCatalog>(),
            provider.GetRequiredService<SessionRegistry>(),
            provider.GetRequiredService<ConnectionHandler>(),
            provider.GetRequiredService<RequestEnding>(),
            provider.GetRequiredService<RequestRunner>(),
            provider.GetRequiredService<IOptions<ShutdownOptions>>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DrainCoordinator>>()));
        services.AddSingleton(static provider => new PipelineOperations(
            provider.GetRequiredService<LaneCatalog>(),
            provider.GetRequiredService<SessionRegistry>(),
            provider.GetRequiredService<ConnectionHandler>(),
            provider.GetRequiredService<RequestEnding>(),
            provider.GetRequiredService<IngressMetrics>(),
            provider.GetRequiredService<LeakAudit>(),
            provider.GetRequiredService<DrainState>(),
            provider.GetRequiredService<TimeProvider>()));
    }
}
