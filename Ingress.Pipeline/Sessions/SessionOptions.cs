namespace Ingress.Pipeline.Sessions;

/// <summary>What survives a broken connection.</summary>
public sealed class SessionOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Session";

    /// <summary>
    /// Gets or sets how long a session whose connection broke without a close frame keeps its queue places and running jobs; zero
    /// switches resuming off.
    /// </summary>
    /// <value>0 to 1 hour. The default is 15 s.</value>
    public TimeSpan ResumeGrace { get; set; } = TimeSpan.FromSeconds(15);
}
