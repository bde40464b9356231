namespace Ingress.Api.Networking;

/// <summary>The blocks of one size: those that wait to be used, and how many are out. For a pool, under its lock.</summary>
/// <param name="blockBytes">The size.</param>
/// <param name="leastKept">So many wait whatever happens.</param>
internal sealed class BlockShelf(int blockBytes, int leastKept)
{
    private readonly List<NetworkBlock> _unused = [];
    private int _leastUnused;

    /// <summary>Gets the size of each block.</summary>
    public int BlockBytes => blockBytes;

    /// <summary>Gets how many blocks wait.</summary>
    public int Unused => _unused.Count;

    /// <summary>Gets how many blocks are out.</summary>
    public int Out { get; private set; }

    /// <summary>Takes the block that came back last: it is still in the processor's cache.</summary>
    /// <returns>The block; null where none waits and the caller has to make one, which counts as out.</returns>
    public NetworkBlock? Take()
    {
        Out++;
        var last = _unused.Count - 1;
        if (last < 0)
        {
            return null;
        }

        var block = _unused[last];
        _unused.RemoveAt(last);
        _leastUnused = Math.Min(_leastUnused, last);
        return block;
    }

    /// <summary>Puts a block back.</summary>
    /// <param name="block">A block of this shelf.</param>
    public void PutBack(NetworkBlock block)
    {
        Out--;
        _unused.Add(block);
    }

    /// <summary>Leaves half of what nobody has needed since the last call to the collector, from the bottom, where the oldest lie.</summary>
    public void Trim()
    {
        var surplus = Math.Min((_leastUnused + 1) / 2, _unused.Count - leastKept);
        if (surplus > 0)
        {
            _unused.RemoveRange(0, surplus);
            _unused.TrimExcess();
        }

        _leastUnused = _unused.Count;
    }
}
