using System.Runtime.InteropServices;
using Ingress.Pipeline.Lifecycle;

namespace Ingress.Api.Hosting;

/// <summary>
/// Counts how often somebody asked the service to stop. The host itself answers the first signal with a drain; whoever sends a second one
/// does not want to wait for it.
/// </summary>
internal sealed class StopRequests(DrainCoordinator drain, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _asked;

    /// <summary>Begins the drain, as the first signal does. Asking again changes nothing.</summary>
    public void AskOnce()
    {
        Interlocked.CompareExchange(ref _asked, 1, 0);
        lifetime.StopApplication();
    }

    /// <summary>Takes note of a signal: the first one is the host's to act on, the next ones hurry its drain.</summary>
    public void Signalled()
    {
        if (Interlocked.Increment(ref _asked) > 1)
        {
            drain.Hurry();
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Signalled();
    }
}
