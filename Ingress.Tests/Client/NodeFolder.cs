using System.ComponentModel;
using System.Diagnostics;

namespace Ingress.Tests.Client;

/// <summary>
/// The JavaScript of these tests with its packages installed, made once for all of them. A copy: npm writes beside the package file, and
/// the build's output is not the place for it.
/// </summary>
internal sealed class NodeFolder
{
    private static readonly SemaphoreSlim Gate = new(1);
    private static NodeFolder? _shared;

    private NodeFolder(string path) => Path = path;

    /// <summary>Gets where it is.</summary>
    public string Path { get; }

    /// <summary>Gets the folder; the test is ignored where npm cannot be had.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<NodeFolder> GetAsync(CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        try
        {
            return _shared ??= await CreateAsync(cancellationToken);
        }
        finally
        {
            Gate.Release();
        }
    }

    /// <summary>Removes the folder, if it was made.</summary>
    public static void Remove()
    {
        if (Interlocked.Exchange(ref _shared, null) is { } folder)
        {
            Directory.Delete(folder.Path, recursive: true);
        }
    }

    /// <summary>Runs a script to its end.</summary>
    /// <param name="cancellationToken">Ends the script.</param>
    /// <param name="arguments">The script and its arguments.</param>
    /// <returns>What it printed.</returns>
    public Task<string> NodeAsync(CancellationToken cancellationToken, params string[] arguments) =>
        RunAsync("node", arguments, Path, cancellationToken);

    private static async Task<NodeFolder> CreateAsync(CancellationToken cancellationToken)
    {
        var path = Directory.CreateTempSubdirectory("ingress-client-").FullName;
        foreach (var file in Directory.GetFiles(System.IO.Path.Combine(AppContext.BaseDirectory, "Client", "Js")))
        {
            File.Copy(file, System.IO.Path.Combine(path, System.IO.Path.GetFileName(file)));
        }

        await RunAsync("npm", ["ci", "--no-progress"], path, cancellationToken);
        return new NodeFolder(path);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder, CancellationToken cancellationToken)
    {
        using var process = Start(program, arguments, folder);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took too long: {await output}{await errors}");
        }

        var said = await output;
        await TestContext.Out.WriteAsync(said);
        process.ExitCode.Should().Be(0, "{0} said: {1}{2}", program, said, await errors);
        return said;
    }

    private static Process Start(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!; // a program started this way always gives a process
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"'{program}' is not installed: the JavaScript client, the page and the AsyncAPI document were not tried with it.");
            throw;
        }
    }
}
