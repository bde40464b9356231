namespace Ingress.Pipeline.Frames;

/// <summary>
/// How long one peer may keep the thread that reads from it. That thread may be the one that polls for many connections, and goes on with
/// whatever is there: a peer that sends without a pause would keep it for ever. Not thread-safe.
/// </summary>
/// <remarks>
/// Counted in bytes, and each frame as some thousand of them for its own sake, since a clock says nothing about whose time it was. Both
/// limits were measured (docs/performance.md).
/// </remarks>
internal struct ReadTurn
{
    private const int Longest = 256 << 10;
    private const int Busy = 64 << 10;
    private const int Frame = 4 << 10;

    /// <summary>What came before that is forgotten: whoever sends now and then never has to give way.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMilliseconds(8);

    private int _taken;
    private long _began;

    /// <summary>Gets whether the peer sends so much that what it is answered had better leave together.</summary>
    public readonly bool IsBusy => _taken >= Busy;

    /// <summary>Counts a frame.</summary>
    public void CountFrame() => _taken += Frame;

    /// <summary>Counts what was read.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="now">The timestamp now.</param>
    /// <param name="time">The clock.</param>
    public void CountBytes(int bytes, long now, TimeProvider time)
    {
        if (time.GetElapsedTime(_began, now) >= Memory)
        {
            (_taken, _began) = (0, now);
        }

        _taken += bytes;
    }

    /// <summary>Ends the turn if it is over.</summary>
    /// <returns>True when it was: the reader has to wait for its next turn before it reads on.</returns>
    public bool TryEnd()
    {
        if (_taken < Longest)
        {
            return false;
        }

        _taken = 0;
        return true;
    }
}
