namespace Ingress.Pipeline.Protocol;

/// <summary>What a client's message asks for.</summary>
internal enum ClientMessageKind
{
    /// <summary>Nothing: the message is refused, and is no request.</summary>
    Invalid,

    /// <summary>Nothing: the message is refused, and was meant as a request.</summary>
    InvalidRequest,

    /// <summary>To run a request.</summary>
    Request,

    /// <summary>To withdraw a request.</summary>
    Cancel,

    /// <summary>To be answered.</summary>
    Ping,

    /// <summary>To go on with a broken session.</summary>
    Resume,
}
