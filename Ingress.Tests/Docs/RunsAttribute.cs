namespace Ingress.Tests.Docs;

/// <summary>Says which commands of the documentation a test runs; held against those that it did run.</summary>
/// <param name="names">Their names.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RunsAttribute(params string[] names) : Attribute
{
    /// <summary>Gets the commands' names.</summary>
    public IReadOnlyList<string> Names => names;
}
