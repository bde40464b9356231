namespace Ingress.Tests.Docs;

/// <summary>What a page shows between fences.</summary>
/// <param name="Page">The page, from the repository's folder.</param>
/// <param name="Kind"><c>run</c> or <c>frames</c>, as the comment above says; empty where there is none.</param>
/// <param name="Name">What that comment calls it.</param>
/// <param name="Language">The fence's language.</param>
/// <param name="Text">What it shows.</param>
internal sealed record DocumentBlock(string Page, string Kind, string Name, string Language, string Text)
{
    /// <summary>Gets the lines.</summary>
    public string[] Lines => Text.TrimEnd().Split('\n');
}
