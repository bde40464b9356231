using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Queueing;

/// <summary>One endpoint as the pipeline sees it: its queue, its backend and what was learnt about waiting for it.</summary>
/// <param name="backend">The backend.</param>
/// <param name="queue">The queue in front of it.</param>
/// <param name="estimator">The experience of waiting in it.</param>
/// <param name="log">The queue's log line.</param>
internal sealed class EndpointLane(IJobBackend backend, RequestQueue queue, WaitEstimator estimator, QueueLengthLog log)
{
    /// <summary>Gets the endpoint's name.</summary>
    public string Name => backend.Name;

    /// <summary>Gets the backend.</summary>
    public IJobBackend Backend => backend;

    /// <summary>Gets the queue.</summary>
    public RequestQueue Queue => queue;

    /// <summary>Gets the experience of waiting.</summary>
    public WaitEstimator Estimator => estimator;

    /// <summary>Gets the gate that an operator closes to stop the forwarding.</summary>
    public PauseGate Pause { get; } = new();

    /// <summary>Asks for a place, and wakes the backend if it is the first to wait.</summary>
    /// <param name="bytes">The size of the input.</param>
    /// <param name="position">The place, 1 for the next.</param>
    /// <returns>False when the queue is full; nothing is held then.</returns>
    public bool TryAdmit(int bytes, out int position)
    {
        if (!queue.TryAdmit(bytes, out position))
        {
            return false;
        }

        // By the place, not by how many wait: of two that come at once each would count the other and leave the waking to it.
        if (position - queue.InHand <= 1)
        {
            backend.DemandChanged();
        }

        return true;
    }

    /// <summary>Adds an admitted request.</summary>
    /// <param name="request">The request.</param>
    public void Enqueue(ConversationRequest request)
    {
        queue.Enqueue(request);
        log.Changed(queue.Length);
    }

    /// <summary>Gives a request's place back.</summary>
    /// <param name="request">A request that has ended or that the backend has taken.</param>
    public void Release(ConversationRequest request)
    {
        queue.Release(request);
        log.Changed(queue.Length);
    }

    /// <summary>Writes the queue's length to the log if a change of it could not be written at once.</summary>
    public void CatchUpLog() => log.CatchUp(queue.Length);

    /// <summary>Tells how long a place in the queue takes.</summary>
    /// <param name="position">The place, 1 for the next.</param>
    /// <param name="now">The timestamp now.</param>
    /// <returns>The estimate; nothing waits for what is free.</returns>
    public WaitEstimate Estimate(int position, long now)
    {
        // Where somebody waits ahead nothing is free; only the first has to ask.
        var free = position - queue.InHand <= 1 ? backend.Snapshot.FreeSlots : 0;
        return estimator.Estimate(position - free, queue.OldestSince ?? now, now);
    }

    /// <summary>Tells why a place in the queue waits.</summary>
    /// <param name="position">The place, 1 for the next.</param>
    /// <returns>Only at the head it is the workers.</returns>
    public WaitReason ReasonAt(int position) => position > 1 ? WaitReason.BehindOthers : backend.Snapshot.WaitReason;
}
