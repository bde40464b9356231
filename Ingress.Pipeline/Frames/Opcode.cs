namespace Ingress.Pipeline.Frames;

/// <summary>The kinds of frames (RFC 6455, section 5.2).</summary>
internal enum Opcode
{
    /// <summary>A further part of a message.</summary>
    Continuation = 0,

    /// <summary>The first part of a text.</summary>
    Text = 1,

    /// <summary>The first part of bytes.</summary>
    Binary = 2,

    /// <summary>The end of the connection.</summary>
    Close = 8,

    /// <summary>A question whether the peer is there.</summary>
    Ping = 9,

    /// <summary>The answer to a ping.</summary>
    Pong = 10,
}
