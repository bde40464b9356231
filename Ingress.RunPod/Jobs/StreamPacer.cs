namespace Ingress.RunPod.Jobs;

/// <summary>
/// Paces the reads of a stream where the server does not hold them: an empty reply that comes back long before its time is followed by a
/// small pause that grows while nothing comes. Not thread-safe.
/// </summary>
internal sealed class StreamPacer
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(500);
    private TimeSpan _next = First;

    /// <summary>Something came: the next read follows at once.</summary>
    public void Reset() => _next = First;

    /// <summary>Gives the pause after an empty reply.</summary>
    /// <param name="took">How long the reply took.</param>
    /// <param name="hold">How long the server was allowed to hold it.</param>
    public TimeSpan AfterEmpty(TimeSpan took, TimeSpan hold)
    {
        if (took >= hold / 2)
        {
            Reset();
            return TimeSpan.Zero;
        }

        var pause = _next;
        _next = _next * 1.5 < Longest ? _next * 1.5 : Longest;
        return pause;
    }
}
