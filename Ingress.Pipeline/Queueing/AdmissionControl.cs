namespace Ingress.Pipeline.Queueing;

/// <summary>
/// The bound of one queue: how many places and bytes are taken, and whether one more fits. Both are counted by compare-and-swap, so that
/// neither ever passes its limit and nobody waits to be told. Thread-safe.
/// </summary>
/// <param name="capacity">The most places.</param>
/// <param name="maxBytes">The most bytes.</param>
internal sealed class AdmissionControl(int capacity, long maxBytes)
{
    private int _places;
    private long _bytes;

    /// <summary>Gets the most places.</summary>
    public int Capacity => capacity;

    /// <summary>Gets the places taken.</summary>
    public int Places => Volatile.Read(ref _places);

    /// <summary>Gets the bytes taken.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Asks for a place.</summary>
    /// <param name="bytes">The size of what would take it.</param>
    /// <param name="position">The place, 1 for the first.</param>
    /// <returns>False when there is no room; nothing is taken then.</returns>
    public bool TryAdmit(int bytes, out int position)
    {
        if (!TryTakeBytes(bytes))
        {
            position = 0;
            return false;
        }

        var places = Volatile.Read(ref _places);
        while (places < capacity)
        {
            var seen = Interlocked.CompareExchange(ref _places, places + 1, places);
            if (seen == places)
            {
                position = places + 1;
                return true;
            }

            places = seen;
        }

        Interlocked.Add(ref _bytes, -bytes);
        position = 0;
        return false;
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="bytes">The size that was asked for.</param>
    public void GiveBack(int bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _places);
    }

    private bool TryTakeBytes(int bytes)
    {
        var held = Interlocked.Read(ref _bytes);
        while (held + bytes <= maxBytes)
        {
            var seen = Interlocked.CompareExchange(ref _bytes, held + bytes, held);
            if (seen == held)
            {
                return true;
            }

            held = seen;
        }

        return false;
    }
}
