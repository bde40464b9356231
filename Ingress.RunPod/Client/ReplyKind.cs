namespace Ingress.RunPod.Client;

/// <summary>What came of a call to RunPod.</summary>
internal enum ReplyKind
{
    /// <summary>2xx with a readable body.</summary>
    Answered,

    /// <summary>2xx whose body is not what was asked for: HTML, nonsense, cut off.</summary>
    Unreadable,

    /// <summary>A status other than 2xx.</summary>
    Refused,

    /// <summary>No connection: RunPod has not seen the call.</summary>
    NotSent,

    /// <summary>Sent, at least in part, and no whole answer: reset, timeout.</summary>
    NoAnswer,
}
