namespace Ingress.Tests.Support;

/// <summary>Who sent a message.</summary>
internal enum FrameDirection
{
    /// <summary>The client.</summary>
    Sent,

    /// <summary>The server.</summary>
    Received,
}
