namespace Ingress.Pipeline.Lifecycle;

/// <summary>How the service stops.</summary>
public sealed class ShutdownOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Shutdown";

    /// <summary>Gets or sets how long queued and running requests may go on after the signal to stop.</summary>
    /// <value>0 to 1 hour. The default is 25 s.</value>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);
}
