using System.Net.WebSockets;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Connections;

/// <summary>That a connection is to be closed.</summary>
/// <param name="Status">The close code.</param>
/// <param name="Description">The close reason.</param>
/// <param name="Cause">What the session ends with.</param>
/// <param name="RequestedAt">The timestamp at which it was asked for.</param>
internal sealed record CloseRequest(WebSocketCloseStatus Status, string? Description, SessionEnd Cause, long RequestedAt);
