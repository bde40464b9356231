using System.Runtime.CompilerServices;

namespace Ingress.Tests.Support;

/// <summary>Finds the sources that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Gets the folder at the top.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private static string Here([CallerFilePath] string path = "") => path;
}
