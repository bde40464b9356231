using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Connections;

/// <summary>What all connections share, resolved once instead of for each.</summary>
internal sealed class ConnectionServices(
    RequestIntake intake,
    RequestEnding ending,
    SessionRegistry sessions,
    ClientMemory memory,
    IngressMetrics metrics,
    IOptions<ConnectionOptions> options,
    IOptions<QueueOptions> queue,
    IOptions<SessionOptions> session,
    IOptions<RateLimitOptions> rateLimit,
    TimeProvider time)
{
    /// <summary>Gets where requests are taken in.</summary>
    public RequestIntake Intake => intake;

    /// <summary>Gets where requests are withdrawn.</summary>
    public RequestEnding Withdrawal => ending;

    /// <summary>Gets all sessions.</summary>
    public SessionRegistry Sessions => sessions;

    /// <summary>Gets where the memory held for clients is counted.</summary>
    public ClientMemory Memory => memory;

    /// <summary>Gets the instruments.</summary>
    public IngressMetrics Metrics => metrics;

    /// <summary>Gets the limits of a connection.</summary>
    public ConnectionOptions Options => options.Value;

    /// <summary>Gets the bounds of the queue.</summary>
    public QueueOptions Queue => queue.Value;

    /// <summary>Gets what survives a broken connection.</summary>
    public SessionOptions Session => session.Value;

    /// <summary>Gets the rate limit.</summary>
    public RateLimitOptions RateLimit => rateLimit.Value;

    /// <summary>Gets the clock.</summary>
    public TimeProvider Time => time;
}
