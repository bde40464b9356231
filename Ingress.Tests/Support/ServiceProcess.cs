using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Ingress.Tests.Support;

/// <summary>The binary as a process of its own, for what only a process has: signals, exit codes, its standard streams.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly SemaphoreSlim _changed = new(0);

    private ServiceProcess(Process process) => _process = process;

    /// <summary>Gets the binary's path.</summary>
    public static string Binary { get; } = Path.Combine(AppContext.BaseDirectory, "Ingress.Api.dll");

    /// <summary>Gets everything written to standard output so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Gets everything written to standard error so far.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Gets the process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the binary.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Environment variables on top of this process's.</param>
    public static ServiceProcess Start(string[] arguments, params (string Name, string Value)[] environment) =>
        Start(new ProcessStartInfo("dotnet", [Binary, .. arguments]), environment);

    /// <summary>Starts a script, which becomes the binary by its <c>exec</c>, or ends by itself.</summary>
    /// <param name="script">For bash.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="environment">Environment variables on top of this process's.</param>
    public static ServiceProcess StartScript(string script, string folder, params (string Name, string Value)[] environment) =>
        Start(new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = folder }, environment);

    private static ServiceProcess Start(ProcessStartInfo start, (string Name, string Value)[] environment)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start };
        var service = new ServiceProcess(process);
        process.OutputDataReceived += (_, line) => service.Take(service._output, line.Data);
        process.ErrorDataReceived += (_, line) => service.Take(service._errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return service;
    }

    /// <summary>Waits until a text has been written to standard output.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The line that holds it.</returns>
    public async Task<string> WaitForOutputAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_output.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await _changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until the service listens.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Where.</returns>
    public async Task<Uri> WaitForAddressAsync(CancellationToken cancellationToken)
    {
        const string Announcement = "istening on";
        var line = await WaitForOutputAsync(Announcement, cancellationToken);
        return new Uri(line[(line.IndexOf("http", StringComparison.Ordinal))..].TrimEnd('.'));
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="name">Its name, such as <c>TERM</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SignalAsync(string name, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits for the end.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Kills the process if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Take(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
            _changed.Release();
        }
    }
}
