using System.Collections.Concurrent;
using Ingress.Pipeline.Queueing;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Connections;

/// <summary>How many requests each principal has pending over all its connections; counted only where a limit is configured.</summary>
/// <param name="options">The limit.</param>
internal sealed class PrincipalUsage(IOptions<QueueOptions> options)
{
    private readonly ConcurrentDictionary<string, int> _pending = new(StringComparer.Ordinal);

    /// <summary>Gets the limit; null for none.</summary>
    public int? Limit => options.Value.MaxPendingPerPrincipal;

    /// <summary>Gets the number of principals with something pending.</summary>
    public int Count => _pending.Count;

    /// <summary>Counts one more, if it may be.</summary>
    /// <param name="principal">Who.</param>
    /// <returns>False when the principal has as many pending as it may.</returns>
    public bool TryTake(string principal)
    {
        if (Limit is not { } limit)
        {
            return true;
        }

        while (true)
        {
            if (!_pending.TryGetValue(principal, out var held))
            {
                if (_pending.TryAdd(principal, 1))
                {
                    return true;
                }
            }
            else if (held >= limit)
            {
                return false;
            }
            else if (_pending.TryUpdate(principal, held + 1, held))
            {
                return true;
            }
        }
    }

    /// <summary>Counts one less.</summary>
    /// <param name="principal">Who.</param>
    public void Return(string principal)
    {
        if (Limit is null)
        {
            return;
        }

        while (_pending.TryGetValue(principal, out var held))
        {
            // The last one takes the entry along: whoever came once must not stay in memory for ever.
            var done = held <= 1
                ? _pending.TryRemove(KeyValuePair.Create(principal, held))
                : _pending.TryUpdate(principal, held - 1, held);
            if (done)
            {
                return;
            }
        }
    }
}
