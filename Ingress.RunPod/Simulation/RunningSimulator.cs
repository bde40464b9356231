using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;

namespace Ingress.RunPod.Simulation;

/// <summary>A simulator that answers calls until it is disposed.</summary>
public sealed class RunningSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _disposed;

    internal RunningSimulator(WebApplication app, Simulator engine, Uri address)
    {
        _app = app;
        Engine = engine;
        BaseUrl = new Uri(address, "/v2");
        Address = address;
    }

    /// <summary>Gets the address of the job API, <c>http://127.0.0.1:8090/v2</c>: what <c>RunPod:BaseUrl</c> wants.</summary>
    public Uri BaseUrl { get; }

    /// <summary>Gets the address of the simulator itself, below which the control API is.</summary>
    public Uri Address { get; }

    /// <summary>Gets what is behind the HTTP side: jobs, counters, settings.</summary>
    internal Simulator Engine { get; }

    /// <summary>Waits until the process is asked to end (SIGINT, SIGTERM) or the token fires. For a simulator that runs alone.</summary>
    /// <param name="cancellationToken">Ends the wait; that is no error.</param>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken = default)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var cancelled = cancellationToken.UnsafeRegister(static asked => ((TaskCompletionSource)asked!).TrySetResult(), asked);
        await asked.Task;

        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true; // the process ends by returning, so that what is open is closed first
            asked.TrySetResult();
        }
    }

    /// <summary>Stops the simulator: open long-polls are answered, other calls get two seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Engine.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
