namespace Ingress.Pipeline.Queueing;

/// <summary>Where a request is in its life. It only ever moves forward, but for a hand-over that certainly failed.</summary>
internal enum RequestState
{
    /// <summary>It waits in the queue.</summary>
    Queued,

    /// <summary>It is being handed to the backend; from here it may go back to <see cref="Queued"/>.</summary>
    Dispatching,

    /// <summary>The backend has it.</summary>
    Running,

    /// <summary>It has ended, and its client was told unless its session is gone.</summary>
    Ended,
}
