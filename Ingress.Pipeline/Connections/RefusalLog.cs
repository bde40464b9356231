using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ingress.Pipeline.Connections;

/// <summary>
/// Logs refusals by their reason without their payload: the first of each reason at once, the others summed up once in ten seconds, so
/// that a flood of bad clients cannot fill a disk. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Where the lines go.</param>
internal sealed partial class RefusalLog(TimeProvider time, ILogger<RefusalLog> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Notes a refusal.</summary>
    /// <param name="reason">The error code; one of a small set.</param>
    public void Refused(string reason)
    {
        var entry = _entries.GetOrAdd(reason, static _ => new Entry());
        Interlocked.Increment(ref entry.Count);
        Write(reason, entry);
    }

    /// <summary>Writes what could not be written at once. Called regularly.</summary>
    public void CatchUp()
    {
        foreach (var (reason, entry) in _entries)
        {
            if (Volatile.Read(ref entry.Count) > 0)
            {
                Write(reason, entry);
            }
        }
    }

    private void Write(string reason, Entry entry)
    {
        var now = time.GetTimestamp();
        var last = Volatile.Read(ref entry.WrittenAt);
        if ((last != 0 && time.GetElapsedTime(last, now) < Interval) || Interlocked.CompareExchange(ref entry.WrittenAt, now, last) != last)
        {
            return;
        }

        var count = Interlocked.Exchange(ref entry.Count, 0);
        if (count > 0)
        {
            LogRefused(count, reason);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Refused {Count} messages or connections: {Reason}.", EventName = "Refused")]
    private partial void LogRefused(long count, string reason);

    private sealed class Entry
    {
        public long Count;
        public long WrittenAt;
    }
}
