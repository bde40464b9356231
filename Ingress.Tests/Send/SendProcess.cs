using System.Diagnostics;
using Ingress.Api.Hosting;

namespace Ingress.Tests.Send;

/// <summary>The command line's <c>send</c>, as a process of its own.</summary>
internal sealed class SendProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private SendProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Gets the process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it.</summary>
    /// <param name="arguments">What follows the verb.</param>
    public static SendProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(IngressApplication).Assembly.Location, "send", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("INGRESS_KEY");
        return new SendProcess(Process.Start(start)!); // a program started this way always gives a process
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How it ended and what it printed.</returns>
    public async Task<(int ExitCode, string Output, string Errors)> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return (_process.ExitCode, await _output, await _errors);
    }

    /// <summary>Sends it what Ctrl+C sends.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
