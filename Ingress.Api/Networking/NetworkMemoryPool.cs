using System.Buffers;

namespace Ingress.Api.Networking;

/// <summary>
/// The memory that the server reads into and writes from, in blocks eight times as large as those of its own pool. It reads at most a block
/// with each system call, so messages of some KiB, or several that came together, take an eighth of the calls. Thread-safe.
/// </summary>
/// <remarks>
/// A connection holds a block while something is on its way, and none while it is idle. The thread that polls serves one after the other, so
/// that few are in use at once however many are busy (docs/performance.md). Where more are, the next ones are small, and a crowd costs little more memory
/// than with the server's own pool: of those who leave at once each holds a block until its socket is closed. Of what nobody
/// has asked for during a second, half goes to the collector, so that a burst leaves nothing behind for long. Nothing ticks while there is
/// no more than what is kept anyhow.
/// </remarks>
internal sealed class NetworkMemoryPool : MemoryPool<byte>
{
    /// <summary>The size of a large block. Larger ones gained nothing (docs/performance.md).</summary>
    public const int LargeBytes = 32 << 10;

    /// <summary>The size of a small block: that of the server's own pool, and the most that it asks for.</summary>
    public const int SmallBytes = 4 << 10;

    /// <summary>So many large blocks are out at once, 4 MiB, unless one is asked for that is larger than a small one.</summary>
    public const int MostLargeOut = 128;

    /// <summary>So many of each size are kept unused whatever happens.</summary>
    public const int LeastKept = 32;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly BlockShelf _large = new(LargeBytes, LeastKept);
    private readonly BlockShelf _small = new(SmallBytes, LeastKept);
    private readonly ITimer _trimming;
    private bool _isTrimming;

    /// <summary>Initializes a new instance without a block.</summary>
    /// <param name="time">The clock.</param>
    public NetworkMemoryPool(TimeProvider time) =>
        _trimming = time.CreateTimer(static pool => ((NetworkMemoryPool)pool!).Trim(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public override int MaxBufferSize => LargeBytes;

    /// <summary>Gets the number of blocks, large and small, kept for later.</summary>
    public int Unused
    {
        get
        {
            lock (_gate)
            {
                return _large.Unused + _small.Unused;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">More is asked for than a block has.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, LargeBytes);
        BlockShelf shelf;
        NetworkBlock? block;
        lock (_gate)
        {
            shelf = _large.Out < MostLargeOut || minBufferSize > SmallBytes ? _large : _small;
            block = shelf.Take();
        }

        return (block ?? new NetworkBlock(this, shelf)).HandOut();
    }

    /// <summary>Takes a block back.</summary>
    /// <param name="block">The block, which nobody uses any more.</param>
    internal void TakeBack(NetworkBlock block)
    {
        lock (_gate)
        {
            block.Shelf.PutBack(block);
            TrimLater();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Blocks that are still out may come back afterwards; the collector takes all of them.
        _trimming.Dispose();
    }

    private void Trim()
    {
        lock (_gate)
        {
            _large.Trim();
            _small.Trim();
            _isTrimming = false;
            TrimLater();
        }
    }

    // Under the lock.
    private void TrimLater()
    {
        if (!_isTrimming && (_large.Unused > LeastKept || _small.Unused > LeastKept))
        {
            _isTrimming = true;
            _trimming.Change(Period, Timeout.InfiniteTimeSpan);
        }
    }
}
