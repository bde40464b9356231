using System.Buffers;
using System.Runtime.InteropServices;

namespace Ingress.Api.Networking;

/// <summary>A block of memory for the server's reads and writes; whoever has it gives it back to its pool by disposing it.</summary>
/// <param name="pool">The pool that it belongs to.</param>
/// <param name="shelf">Where it lies there.</param>
internal sealed class NetworkBlock(NetworkMemoryPool pool, BlockShelf shelf) : IMemoryOwner<byte>
{
    // Pinned for good, since the system writes into it while the collector runs; and never cleared, since it is read only as far as written.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(shelf.BlockBytes, pinned: true);

    private int _isOut;

    /// <inheritdoc/>
    public Memory<byte> Memory => MemoryMarshal.CreateFromPinnedArray(_bytes, 0, _bytes.Length);

    /// <summary>Gets where it lies in its pool.</summary>
    internal BlockShelf Shelf => shelf;

    /// <summary>Notes that somebody has it now. For its pool only.</summary>
    /// <returns>The block itself.</returns>
    internal NetworkBlock HandOut()
    {
        Volatile.Write(ref _isOut, 1);
        return this;
    }

    /// <summary>Gives it back. Only the first call after it was handed out counts.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOut, 0) == 1)
        {
            pool.TakeBack(this);
        }
    }
}
