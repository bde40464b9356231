namespace Ingress.RunPod.Simulation;

/// <summary>How a simulated endpoint decides that it needs one more worker.</summary>
public enum SimulatedScaler
{
    /// <summary>A worker is added each time a request has waited longer than <see cref="SimulatorOptions.QueueDelay"/>.</summary>
    QueueDelay,

    /// <summary>As many workers as (queued + running) divided by <see cref="SimulatorOptions.RequestCount"/>, rounded up.</summary>
    RequestCount,
}
