using System.Diagnostics;

namespace Ingress.Pipeline.Telemetry;

/// <summary>The names under which the service publishes its telemetry.</summary>
public static class IngressTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Ingress";

    /// <summary>Gets the source of all spans.</summary>
    public static ActivitySource Source { get; } = new(Name);
}
