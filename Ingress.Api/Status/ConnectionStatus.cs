namespace Ingress.Api.Status;

/// <summary>The connections.</summary>
/// <param name="Active">Open now.</param>
/// <param name="Limit">How many may be open.</param>
internal sealed record ConnectionStatus(int Active, int Limit);
