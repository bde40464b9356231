using Ingress.Pipeline.Connections;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Looks at all connections again and again, a part of them with each step: ten thousand idle ones looked at, and pinged, at once would hold
/// up everybody else. Not thread-safe.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="options">The limits that they are held to.</param>
/// <param name="time">The clock.</param>
internal sealed class ConnectionRounds(ConnectionHandler connections, ConnectionOptions options, TimeProvider time)
{
    /// <summary>Looking costs, so a round is no quicker than this ...</summary>
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(0.5);

    /// <summary>... unless a limit is shorter than so many times that.</summary>
    private const int RoundsInEachLimit = 10;

    private IEnumerator<ClientConnection>? _place;
    private long _lastStep = time.GetTimestamp();

    /// <summary>Gets the time that a round takes, and so the most by which a connection's time is found to be over too late.</summary>
    public TimeSpan Round { get; } = RoundFor(options);

    /// <summary>Looks at as many as the time since the last step asks for.</summary>
    public void Step()
    {
        var now = time.GetTimestamp();
        var share = time.GetElapsedTime(_lastStep, now) / Round;
        _lastStep = now;
        var left = (int)Math.Ceiling(Math.Min(share, 1) * connections.Active);
        for (var isFresh = false; left > 0; left--)
        {
            if (_place?.MoveNext() != true)
            {
                if (isFresh)
                {
                    // There are fewer than those that were counted, which may still be in their handshake.
                    return;
                }

                _place?.Dispose();
                _place = connections.Connections.GetEnumerator();
                isFresh = true;
                if (!_place.MoveNext())
                {
                    return;
                }
            }

            _place!.Current.CheckTime(now);
        }
    }

    private static TimeSpan RoundFor(ConnectionOptions options)
    {
        TimeSpan[] limits = [ClientConnection.CloseTimeout, options.SendTimeout, options.KeepAliveInterval, options.KeepAliveTimeout];
        var shortest = limits.Where(static limit => limit > TimeSpan.Zero).Min() / RoundsInEachLimit;
        return shortest < LongestRound ? shortest : LongestRound;
    }
}
