namespace Ingress.Api.Playground;

/// <summary>The page on which the service can be tried out.</summary>
internal sealed class PlaygroundOptions
{
    /// <summary>The configuration section.</summary>
    public const string SectionName = "Playground";

    /// <summary>Gets or sets whether the page is served.</summary>
    /// <value>The default is true in Development and false elsewhere.</value>
    public bool? Enabled { get; set; }
}
