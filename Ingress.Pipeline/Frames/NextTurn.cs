using System.Runtime.CompilerServices;

namespace Ingress.Pipeline.Frames;

/// <summary>Awaited, it gives the thread up until it is one's turn again: in the thread's line where it has one, else among the pool's work.</summary>
internal readonly struct NextTurn : ICriticalNotifyCompletion
{
    /// <summary>Gets a value that says that it is always waited for.</summary>
    public bool IsCompleted => false;

    /// <summary>Gets what is waited for.</summary>
    /// <returns>This.</returns>
    public NextTurn GetAwaiter() => this;

    /// <summary>Does nothing: there is no result.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation)
    {
        if (TurnLine.OfThisThread is { } line)
        {
            line.Join(continuation);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static turn => turn(), continuation, preferLocal: false);
        }
    }
}
