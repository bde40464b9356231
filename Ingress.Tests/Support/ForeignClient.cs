using System.Diagnostics;

namespace Ingress.Tests.Support;

/// <summary>A client that we did not write: a process of its own, whose lines are read as they come.</summary>
internal sealed class ForeignClient : IDisposable
{
    // Debian's python3-websockets belongs to the system's Python, which need not be the first on the path.
    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];

    private readonly Process _process;

    private ForeignClient(Process process) => _process = process;

    /// <summary>Starts the Python client; the test is skipped where its library is missing.</summary>
    public static ForeignClient StartPython(string mode, Uri address)
    {
        var python = Pythons.FirstOrDefault(HasWebSockets);
        if (python is null)
        {
            Assert.Ignore("Python with the websockets library is missing: install the package python3-websockets.");
        }

        var script = Path.Combine(AppContext.BaseDirectory, "EndToEnd", "plain_client.py");
        return new ForeignClient(Start(python!, script, address.ToString(), mode));
    }

    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken);

    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Kills it as <c>kill -9</c> does: it can say nothing more.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static bool HasWebSockets(string python)
    {
        try
        {
            using var process = Start(python, "-c", "import websockets");
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
