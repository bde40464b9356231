using Ingress.Api.Authentication;
using Ingress.Api.Playground;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Queueing;
using Ingress.RunPod;
using Ingress.RunPod.Simulation;
using SessionOptions = Ingress.Pipeline.Sessions.SessionOptions;

namespace Ingress.Api.Configuration;

/// <summary>The sections that belong to this service, each with the options that are read from it.</summary>
internal static class KnownSections
{
    /// <summary>Gets them by name.</summary>
    public static IReadOnlyDictionary<string, Type> All { get; } = new Dictionary<string, Type>(StringComparer.OrdinalIgnoreCase)
    {
        [AuthOptions.SectionName] = typeof(AuthOptions),
        [ConnectionOptions.SectionName] = typeof(ConnectionOptions),
        [PlaygroundOptions.SectionName] = typeof(PlaygroundOptions),
        [QueueOptions.SectionName] = typeof(QueueOptions),
        [RateLimitOptions.SectionName] = typeof(RateLimitOptions),
        [RunPodOptions.SectionName] = typeof(RunPodOptions),
        [SessionOptions.SectionName] = typeof(SessionOptions),
        [ShutdownOptions.SectionName] = typeof(ShutdownOptions),
        [SimulatorOptions.SectionName] = typeof(SimulatorOptions),
    };
}
