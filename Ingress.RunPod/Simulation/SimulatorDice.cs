namespace Ingress.RunPod.Simulation;

/// <summary>The only source of chance in the simulator. Thread-safe; the same seed gives the same sequence of decisions.</summary>
internal sealed class SimulatorDice(int seed)
{
    private readonly Lock _gate = new();
    private Random _random = Seeded(seed);

    public void Reseed(int newSeed)
    {
        lock (_gate)
        {
            _random = Seeded(newSeed);
        }
    }

    /// <summary>Decides something that is certain at 1 and impossible at 0; neither uses up a number.</summary>
    public bool Roll(double probability)
    {
        if (probability is <= 0 or >= 1)
        {
            return probability >= 1;
        }

        lock (_gate)
        {
            return _random.NextDouble() < probability;
        }
    }

#pragma warning disable CA5394 // Nothing secret hangs on it, and it has to be repeatable.
    private static Random Seeded(int seed) => new(seed);
#pragma warning restore CA5394
}
