using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Ingress.Pipeline.Connections;

namespace Ingress.Api.Authentication;

/// <summary>
/// The tickets that were given out and not used yet: each good for one upgrade within its time, so that a browser never holds a key.
/// Only their digests are kept. Bounded in all and for each principal. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class TicketStore(TimeProvider time)
{
    /// <summary>How long a ticket is good for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private const int TicketBytes = 32;
    private const int Limit = 10_000;
    private const int LimitOfOne = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Issued> _live = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _heldBy = new(StringComparer.Ordinal);
    private readonly Queue<(string Digest, long IssuedAt)> _byAge = new();

    /// <summary>Gives a ticket out.</summary>
    /// <param name="identity">Whom the connection will belong to.</param>
    /// <param name="ticket">The ticket, safe in a URL.</param>
    /// <returns>False where too many are out.</returns>
    public bool TryIssue(ClientIdentity identity, [NotNullWhen(true)] out string? ticket)
    {
        ticket = null;
        var now = time.GetTimestamp();
        lock (_gate)
        {
            DropExpired(now);
            var held = _heldBy.GetValueOrDefault(identity.Principal);
            if (_live.Count >= Limit || held >= LimitOfOne)
            {
                return false;
            }

            ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TicketBytes));
            var digest = DigestOf(ticket);
            _live.Add(digest, new Issued(identity, now));
            _byAge.Enqueue((digest, now));
            _heldBy[identity.Principal] = held + 1;
            return true;
        }
    }

    /// <summary>Takes a ticket back, which uses it up.</summary>
    /// <param name="ticket">What the client gave.</param>
    /// <returns>Whom the connection belongs to; null where the ticket is unknown, used or too old.</returns>
    public ClientIdentity? Redeem(string ticket)
    {
        var digest = DigestOf(ticket);
        lock (_gate)
        {
            if (!TryRemove(digest, out var issued) || time.GetElapsedTime(issued.At) >= Lifetime)
            {
                return null;
            }

            return issued.Identity.ExpiresAt is { } end && end <= time.GetUtcNow() ? null : issued.Identity;
        }
    }

    // A lookup by digest tells nothing by its time: whoever can choose the digest already knows the ticket.
    private static string DigestOf(string ticket) => Convert.ToHexString(Credential.Digest(ticket));

    private void DropExpired(long now)
    {
        while (_byAge.TryPeek(out var oldest) && time.GetElapsedTime(oldest.IssuedAt, now) >= Lifetime)
        {
            _byAge.Dequeue();
            TryRemove(oldest.Digest, out _);
        }
    }

    private bool TryRemove(string digest, out Issued issued)
    {
        if (!_live.Remove(digest, out issued))
        {
            return false;
        }

        var principal = issued.Identity.Principal;
        if (--_heldBy[principal] == 0)
        {
            _heldBy.Remove(principal);
        }

        return true;
    }

    private readonly record struct Issued(ClientIdentity Identity, long At);
}
