namespace Ingress.Pipeline.Queueing;

/// <summary>A gate that is open until somebody closes it. Thread-safe.</summary>
internal sealed class PauseGate
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _closed;

    /// <summary>Gets whether the gate is closed.</summary>
    public bool IsPaused => Volatile.Read(ref _closed) is not null;

    /// <summary>Closes the gate.</summary>
    public void Pause()
    {
        lock (_gate)
        {
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Opens the gate.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _closed?.TrySetResult();
            _closed = null;
        }
    }

    /// <summary>Waits until the gate is open.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>A task that ends when the gate is open.</returns>
    public Task WaitAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _closed)?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
}
