namespace Ingress.RunPod.Simulation;

/// <summary>What a placed worker does. Throttled ones are no state but a number: those that cannot be placed.</summary>
internal enum SimulatedWorkerState
{
    /// <summary>Placed and scaled down, can be started.</summary>
    Idle,

    /// <summary>Starting.</summary>
    Initializing,

    /// <summary>Up: at work, or lingering until the idle timeout.</summary>
    Running,

    /// <summary>Crashed; started again after a growing pause.</summary>
    Unhealthy,
}
