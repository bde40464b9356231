using System.Net.WebSockets;

namespace Ingress.Pipeline.Frames;

/// <summary>A client breaks the protocol of the frames; the connection is closed with the code that says so.</summary>
internal sealed class FrameException : Exception
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="rule">The rule that was broken; goes to the client as the close reason.</param>
    /// <param name="closeStatus">The close code.</param>
    public FrameException(string rule, WebSocketCloseStatus closeStatus = WebSocketCloseStatus.ProtocolError)
        : base(rule) => CloseStatus = closeStatus;

    /// <summary>Gets the close code.</summary>
    public WebSocketCloseStatus CloseStatus { get; }
}
