namespace Ingress.Api.Authentication;

/// <summary>The answer to <c>POST /tickets</c>.</summary>
/// <param name="Ticket">Good for one upgrade, as <c>/ws?ticket=…</c>.</param>
/// <param name="ExpiresInMs">For how long.</param>
internal sealed record IssuedTicket(string Ticket, long ExpiresInMs);
