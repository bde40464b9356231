using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Protocol;

/// <summary>A client's message after one pass over its bytes; it refers to them only by <see cref="Input"/>.</summary>
internal struct ClientMessage
{
    /// <summary>What the message asks for.</summary>
    public ClientMessageKind Kind;

    /// <summary>The request's id; null where none could be read.</summary>
    public string? Id;

    /// <summary>Where in the message the input is.</summary>
    public Range Input;

    /// <summary>The limits asked for.</summary>
    public JobPolicy Policy;

    /// <summary>The longest wait in our queue, in milliseconds; null for the configured one.</summary>
    public long? MaxWaitMs;

    /// <summary>The endpoint; null for the default.</summary>
    public string? Endpoint;

    /// <summary>The client's <c>traceparent</c>.</summary>
    public string? TraceParent;

    /// <summary>The session to resume.</summary>
    public string? SessionId;

    /// <summary>The secret that proves the session is the client's.</summary>
    public string? ResumeToken;

    /// <summary>The last event that the client has seen.</summary>
    public long LastSeq;

    /// <summary>Why the message is refused; set with the two invalid kinds.</summary>
    public RequestError Error;
}
