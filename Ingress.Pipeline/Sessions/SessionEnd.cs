namespace Ingress.Pipeline.Sessions;

/// <summary>Why a connection or its session ended; the values of a metric tag, in snake case.</summary>
internal enum SessionEnd
{
    /// <summary>The client closed.</summary>
    ClientClosed,

    /// <summary>The connection broke without a close frame.</summary>
    Broken,

    /// <summary>The client broke the protocol of the frames.</summary>
    ProtocolError,

    /// <summary>The client did not read what it was sent.</summary>
    SlowConsumer,

    /// <summary>The client went on sending faster than it may.</summary>
    Flood,

    /// <summary>The client sent a message that is too large.</summary>
    TooLarge,

    /// <summary>The client's right to be connected ran out.</summary>
    Unauthorized,

    /// <summary>The session went over to another connection.</summary>
    TakenOver,

    /// <summary>The service stops.</summary>
    Shutdown,

    /// <summary>An error of ours.</summary>
    InternalError,
}
