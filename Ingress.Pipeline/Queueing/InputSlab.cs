namespace Ingress.Pipeline.Queueing;

/// <summary>
/// A block of memory that the inputs of many requests share, handed out from front to back and used anew once all of them have let go.
/// The garbage collector neither moves it nor looks into it. One thread at a time takes room in it; letting go is thread-safe.
/// </summary>
internal sealed class InputSlab
{
    /// <summary>
    /// How large one is. A single long-lived request keeps its whole slab, so that the worst case is one slab for each request that the
    /// queue's capacity admits: small enough for that, large enough that making one is rare.
    /// </summary>
    public const int Size = 32 << 10;

    /// <summary>From this length of inputs on, the pages of the whole slab come at once.</summary>
    private const int PopulatedFrom = 1 << 10;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
    private int _used;

    // Its owner, who takes room in it, counts as one more.
    private int _holders = 1;

    /// <summary>Initializes a new instance, of which its maker is the owner.</summary>
    /// <param name="firstLength">The length of the first input.</param>
    public InputSlab(int firstLength)
    {
        // Small ones touch a new page so seldom that all pages at once would only hold up the one for which the slab is made, ten times as long
        // as any other.
        if (firstLength >= PopulatedFrom)
        {
            FreshMemory.Populate(_bytes);
        }
    }

    /// <summary>Takes room.</summary>
    /// <param name="input">What is copied there.</param>
    /// <param name="start">Where it lies.</param>
    /// <returns>False when too little is left.</returns>
    public bool TryKeep(ReadOnlySpan<byte> input, out int start)
    {
        start = _used;
        if (!input.TryCopyTo(_bytes.AsSpan(start)))
        {
            return false;
        }

        _used += input.Length;
        Interlocked.Increment(ref _holders);
        return true;
    }

    /// <summary>Reads an input. Only for who has not let go of it.</summary>
    /// <param name="start">Where it lies.</param>
    /// <param name="length">Its length.</param>
    /// <returns>The bytes.</returns>
    public ReadOnlySpan<byte> Read(int start, int length) => _bytes.AsSpan(start, length);

    /// <summary>Lets go of an input, or of the right to take room.</summary>
    /// <returns>True for the last one: nobody refers to its bytes any more.</returns>
    public bool LetGo() => Interlocked.Decrement(ref _holders) == 0;

    /// <summary>Makes it as new. Only once nobody refers to it.</summary>
    public void Renew() => (_used, _holders) = (0, 1);
}
