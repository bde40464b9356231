namespace Ingress.Pipeline.Lifecycle;

/// <summary>Whether the service is stopping. Thread-safe.</summary>
public sealed class DrainState
{
    private readonly CancellationTokenSource _draining = new();

    /// <summary>Gets whether new connections and requests are refused.</summary>
    public bool IsDraining => _draining.IsCancellationRequested;

    /// <summary>Gets the token that fires when draining begins.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Begins to refuse.</summary>
    internal void Begin() => _draining.Cancel();
}
