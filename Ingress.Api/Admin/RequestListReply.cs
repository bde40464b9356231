namespace Ingress.Api.Admin;

/// <summary>The answer of <c>GET /admin/requests</c>.</summary>
/// <param name="Requests">What runs, then what waits, in order.</param>
/// <param name="Paused">The endpoints whose forwarding is stopped.</param>
internal sealed record RequestListReply(IReadOnlyList<AdminRequest> Requests, IReadOnlyList<string> Paused);
