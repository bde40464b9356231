using System.Net.Mime;
using Ingress.Pipeline.Forwarding;
using Ingress.RunPod;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ingress.Api.Health;

/// <summary><c>/health</c> for people, <c>/health/live</c> and <c>/health/ready</c> for orchestrators and balancers.</summary>
internal static class HealthRoutes
{
    private const string Text = "Trugen Infra Ingress running.";

    /// <summary>Adds the checks.</summary>
    /// <param name="services">The host's services.</param>
    public static void AddIngressHealthChecks(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<StartingCheck>("starting")
            .AddCheck<DrainingCheck>("draining")
            .AddCheck<ConfigurationCheck>("configuration");
        services.AddOptions<HealthCheckServiceOptions>().Configure<IReadOnlyList<IJobBackend>>(static (options, backends) =>
        {
            foreach (var backend in backends)
            {
                var name = backend.Name == RunPodOptions.DefaultEndpointName ? "runpod" : $"runpod:{backend.Name}";
                options.Registrations.Add(new HealthCheckRegistration(name, new RunPodCheck(backend), null, null));
            }
        });
    }

    /// <summary>Maps the routes.</summary>
    /// <param name="routes">Where to.</param>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/health", static () => TypedResults.Text(Text))
            .WithName("Health").WithTags("health").WithSummary("Whether the service runs, in words.")
            .Produces<string>(StatusCodes.Status200OK, MediaTypeNames.Text.Plain);
        Map(routes, "/health/live", static () => TypedResults.Ok(new HealthReply("healthy", new Dictionary<string, HealthCheckReply>())))
            .WithName("Live").WithTags("health").WithSummary("Whether the process can serve.");
        Map(routes, "/health/ready", ReadyAsync)
            .WithName("Ready").WithTags("health").WithSummary("Whether new connections should come here, with each check.")
            .Produces<HealthReply>()
            .Produces<HealthReply>(StatusCodes.Status503ServiceUnavailable);
    }

    // Balancers like to ask with HEAD; it has no entry of its own in the routes' description, where an operation's name must be unique.
    private static RouteHandlerBuilder Map(IEndpointRouteBuilder routes, string pattern, Delegate handler)
    {
        routes.MapMethods(pattern, [HttpMethods.Head], handler).ExcludeFromDescription();
        return routes.MapGet(pattern, handler);
    }

    private static async Task<JsonHttpResult<HealthReply>> ReadyAsync(HealthCheckService health, CancellationToken cancellationToken)
    {
        var report = await health.CheckHealthAsync(cancellationToken);
        var checks = report.Entries.ToDictionary(
            static entry => entry.Key, static entry => new HealthCheckReply(NameOf(entry.Value.Status), entry.Value.Description));
        return TypedResults.Json(
            new HealthReply(NameOf(report.Status), checks),
            Serialization.ApiJsonContext.Default.HealthReply,
            statusCode: report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    private static string NameOf(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
