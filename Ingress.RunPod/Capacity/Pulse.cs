namespace Ingress.RunPod.Capacity;

/// <summary>Wakes whoever waits for the next change. Thread-safe.</summary>
/// <remarks>
/// Take <see cref="Next"/> first, look at the state second, await third: then no change falls between looking and waiting.
/// </remarks>
internal sealed class Pulse
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets the task that the next change completes.</summary>
    public Task Next => _next.Task;

    /// <summary>Tells that something changed.</summary>
    public void Change()
    {
#pragma warning disable CS0420 // Exchange is itself a full fence
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
#pragma warning restore CS0420
    }
}
