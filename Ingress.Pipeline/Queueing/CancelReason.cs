namespace Ingress.Pipeline.Queueing;

/// <summary>Why a request was given up.</summary>
internal enum CancelReason
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>Its client withdrew it.</summary>
    Client,

    /// <summary>It waited too long.</summary>
    Expired,

    /// <summary>The service stops.</summary>
    Shutdown,

    /// <summary>Its job was cancelled at the backend by somebody else.</summary>
    Backend,

    /// <summary>An operator withdrew it.</summary>
    Operator,

    /// <summary>Its session is gone: there is nobody to tell.</summary>
    SessionGone,
}
