namespace Ingress.Pipeline.Connections;

/// <summary>Who is behind a connection.</summary>
/// <param name="Principal">
/// What limits and resuming go by: a digest of the key, the token's subject, or the address where there is neither. Never a secret.
/// </param>
/// <param name="IsAuthenticated">Whether a key or token proved it.</param>
/// <param name="ExpiresAt">When the right to be connected ends; null for never.</param>
public sealed record ClientIdentity(string Principal, bool IsAuthenticated = false, DateTimeOffset? ExpiresAt = null);
