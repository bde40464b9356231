namespace Ingress.Pipeline.Connections;

/// <summary>
/// What one owner holds of the <see cref="ClientMemory"/>. Small amounts and small changes are not counted: nearly every message would
/// otherwise change a number that all processors share. A field, never copied; changed by one thread at a time, read by any.
/// </summary>
internal struct MemoryShare
{
    /// <summary>The bytes by which the count may be off, and up to which nothing is counted.</summary>
    public const int Grain = 4096;

    private long _counted;

    /// <summary>Gets the bytes counted.</summary>
    public readonly long Counted => Volatile.Read(in _counted);

    /// <summary>Says how much is held now.</summary>
    /// <param name="memory">Where it is counted.</param>
    /// <param name="bytes">The bytes; 0 gives back all of it.</param>
    public void Update(ClientMemory memory, long bytes)
    {
        var more = bytes - _counted;
        if (more == 0 || (bytes != 0 && Math.Abs(more) <= Grain))
        {
            return;
        }

        var owners = _counted == 0 ? 1 : bytes == 0 ? -1 : 0;
        Volatile.Write(ref _counted, bytes);
        memory.Change(more, owners);
    }
}
