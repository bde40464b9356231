namespace Ingress.Pipeline.Protocol;

/// <summary>Which protocol a connection speaks.</summary>
public enum WireProtocol
{
    /// <summary>No subprotocol: each JSON object is a request, acknowledged by a fixed text.</summary>
    Plain,

    /// <summary>The subprotocol <c>ingress.v1</c>: typed messages, sessions that can be resumed.</summary>
    V1,
}
