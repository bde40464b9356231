using System.Buffers;

namespace Ingress.Api.Networking;

/// <summary>
/// The memory that the server reads into and writes from, in blocks eight times as large as those of its own pool. It reads at most a block
/// with each system call, so messages of some KiB, or several that came together, take an eighth of the calls. Thread-safe.
/// </summary>
/// <remarks>
/// A connection holds a block while something is on its way, and none while it is idle. What was handed back last is handed out first:
/// it is still in the processor's cache. Of what nobody has asked for during a second, half goes to the collector, so that a burst leaves
/// nothing behind for long.
/// </remarks>
internal sealed class NetworkMemoryPool : MemoryPool<byte>
{
    /// <summary>The size of each block. Larger ones gained nothing (docs/performance.md).</summary>
    public const int BlockBytes = 32 << 10;

    /// <summary>So many are kept unused whatever happens: 1 MiB.</summary>
    public const int LeastKept = 32;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly List<NetworkBlock> _unused = [];
    private readonly Lock _gate = new();
    private readonly ITimer _trimming;
    private int _leastUnused;

    /// <summary>Initializes a new instance without a block.</summary>
    /// <param name="time">The clock.</param>
    public NetworkMemoryPool(TimeProvider time) =>
        _trimming = time.CreateTimer(static pool => ((NetworkMemoryPool)pool!).Trim(), this, Period, Period);

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <summary>Gets the number of blocks kept for later.</summary>
    public int Unused
    {
        get
        {
            lock (_gate)
            {
                return _unused.Count;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">More is asked for than a block has.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        lock (_gate)
        {
            var last = _unused.Count - 1;
            if (last >= 0)
            {
                var block = _unused[last];
                _unused.RemoveAt(last);
                _leastUnused = Math.Min(_leastUnused, last);
                return block.HandOut();
            }
        }

        return new NetworkBlock(this).HandOut();
    }

    /// <summary>Takes a block back.</summary>
    /// <param name="block">The block, which nobody uses any more.</param>
    internal void TakeBack(NetworkBlock block)
    {
        lock (_gate)
        {
            _unused.Add(block);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Blocks that are still out may come back afterwards; the collector takes all of them.
        _trimming.Dispose();
    }

    // From the bottom, where those lie that were used longest ago.
    private void Trim()
    {
        lock (_gate)
        {
            var surplus = Math.Min((_leastUnused + 1) / 2, _unused.Count - LeastKept);
            if (surplus > 0)
            {
                _unused.RemoveRange(0, surplus);
                _unused.TrimExcess();
            }

            _leastUnused = _unused.Count;
        }
    }
}
