using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Connections;

/// <summary>Makes the first event of a session.</summary>
internal static class SessionGreeting
{
    /// <summary>Makes the event.</summary>
    /// <param name="session">The session.</param>
    /// <param name="shared">Where the limits are.</param>
    /// <param name="resumeFailed">Whether it answers a resume that could not be had.</param>
    /// <returns>The event.</returns>
    public static SessionOpened For(Session session, ConnectionServices shared, bool resumeFailed) => new(
        session.Id.ToString(),
        session.ResumeToken.ToString(),
        new SessionLimits(shared.Options.MaxMessageBytes, shared.Queue.MaxPendingPerConnection, shared.Queue.Capacity),
        resumeFailed);
}
