namespace Ingress.Tests.Hostile;

/// <summary>xorshift64*: quick, and the same on every machine for the same seed.</summary>
internal sealed class FuzzRandom(ulong seed)
{
    private ulong _state = (seed * 0x9E3779B97F4A7C15) | 1;

    /// <summary>Gives a number from 0 to below the bound.</summary>
    public int Next(int bound)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)(((_state * 0x2545F4914F6CDD1D) >> 33) % (ulong)bound);
    }
}
