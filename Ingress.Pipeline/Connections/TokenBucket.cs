namespace Ingress.Pipeline.Connections;

/// <summary>A token bucket without a timer: it fills by the time that has passed whenever it is asked. Not thread-safe.</summary>
internal struct TokenBucket
{
    private double _tokens;
    private long _filledAt;

    /// <summary>Initializes a full bucket.</summary>
    /// <param name="burst">How many tokens it holds.</param>
    /// <param name="now">The timestamp now.</param>
    public TokenBucket(double burst, long now)
    {
        _tokens = burst;
        _filledAt = now;
    }

    /// <summary>Takes a token.</summary>
    /// <param name="perSecond">The rate at which it fills.</param>
    /// <param name="burst">How many tokens it holds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="retryAfterMs">When there will be one, in milliseconds, at least 1; 0 when one was taken.</param>
    /// <returns>False when it is empty.</returns>
    public bool TryTake(double perSecond, double burst, TimeProvider time, out long retryAfterMs)
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        if (_tokens >= 1)
        {
            _tokens--;
            retryAfterMs = 0;
            return true;
        }

        retryAfterMs = Math.Max(1, (long)Math.Ceiling((1 - _tokens) / perSecond * 1000));
        return false;
    }
}
