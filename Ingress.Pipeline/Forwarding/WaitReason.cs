namespace Ingress.Pipeline.Forwarding;

/// <summary>Why the request at the head of a queue waits; on the wire in snake case.</summary>
public enum WaitReason
{
    /// <summary>Others are ahead in the queue.</summary>
    BehindOthers,

    /// <summary>Workers are starting; a cold endpoint takes tens of seconds.</summary>
    WorkersStarting,

    /// <summary>All workers are busy.</summary>
    WorkersBusy,

    /// <summary>Workers are wanted, but their hosts have no free GPU now.</summary>
    WorkersThrottled,

    /// <summary>Workers crash.</summary>
    WorkersUnhealthy,

    /// <summary>The backend cannot be reached, refuses our key, or answers with errors.</summary>
    BackendUnavailable,
}
