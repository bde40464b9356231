using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Queueing;

/// <summary>Writes the queue's length to the log when it has changed, at most once in an interval. Thread-safe.</summary>
internal sealed partial class QueueLengthLog
{
    /// <summary>
    /// So much longer a request holds back its line for <see cref="CatchUp"/>, which comes several times in it. Thus only the first of many requests
    /// pays for a line.
    /// </summary>
    private static readonly TimeSpan Spare = TimeSpan.FromSeconds(0.5);

    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly long _spare;
    private long _nextAt = long.MinValue;
    private int _lastLength;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="interval">The least time between two lines.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where the lines go.</param>
    public QueueLengthLog(TimeSpan interval, TimeProvider time, ILogger<QueueLengthLog> logger)
    {
        _interval = (long)(interval.TotalSeconds * time.TimestampFrequency);
        _spare = (long)(Spare.TotalSeconds * time.TimestampFrequency);
        _time = time;
        _logger = logger;
    }

    /// <summary>Writes the length if it differs from the last one written, and that is some time ago.</summary>
    /// <param name="length">The length now.</param>
    public void Changed(int length) => Write(length, _spare);

    /// <summary>Writes the length if it differs from the last one written and the interval is over.</summary>
    /// <param name="length">The length now.</param>
    public void CatchUp(int length) => Write(length, 0);

    private void Write(int length, long spare)
    {
        if (length == Volatile.Read(ref _lastLength))
        {
            return;
        }

        var now = _time.GetTimestamp();
        var nextAt = Volatile.Read(ref _nextAt);
        if (now - spare < nextAt || Interlocked.CompareExchange(ref _nextAt, now + _interval, nextAt) != nextAt)
        {
            return;
        }

        Volatile.Write(ref _lastLength, length);
        LogLength(length);
    }

    // The original service's line, to the letter: operators search for it.
    [LoggerMessage(1, LogLevel.Information, "Number of requests in the queue: {Length}", EventName = "QueueLength")]
    private partial void LogLength(int length);
}
