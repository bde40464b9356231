namespace Ingress.RunPod.Simulation;

/// <summary>Something that a <see cref="SimulatedClock"/> does later. Used with the clock's lock held.</summary>
internal sealed class ScheduledCall(SimulatedClock clock, Action call)
{
    private Action? _call = call;

    public bool IsDead => _call is null;

    /// <summary>Calls it off. Harmless once it has run. The call and what it holds are let go at once.</summary>
    public void Cancel()
    {
        if (_call is not null)
        {
            _call = null;
            clock.CallDied();
        }
    }

    /// <summary>Hands the call out once; null if it was cancelled.</summary>
    internal Action? Take()
    {
        var call = _call;
        _call = null;
        return call;
    }
}
