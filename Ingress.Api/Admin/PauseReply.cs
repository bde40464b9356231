namespace Ingress.Api.Admin;

/// <summary>The answer of <c>POST /admin/pause</c> and <c>/admin/resume</c>.</summary>
/// <param name="Paused">The endpoints whose forwarding is stopped now.</param>
internal sealed record PauseReply(IReadOnlyList<string> Paused);
