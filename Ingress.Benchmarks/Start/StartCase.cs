namespace Ingress.Benchmarks.Start;

/// <summary>A build of the service, and how it is run.</summary>
/// <param name="Build">What the build is called.</param>
/// <param name="Binary">Its path.</param>
/// <param name="Cores">How many cores it sees.</param>
/// <param name="Setting">The runtime's set-up.</param>
internal sealed record StartCase(string Build, string Binary, int Cores, RuntimeSetting Setting)
{
    /// <summary>Gets the size of the folder that the build is in.</summary>
    public long FolderBytes => new FileInfo(Binary).Directory!.EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length);
}
