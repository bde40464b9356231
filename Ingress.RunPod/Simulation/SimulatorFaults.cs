namespace Ingress.RunPod.Simulation;

/// <summary>The fault rules in force. Thread-safe.</summary>
internal sealed class SimulatorFaults(TimeProvider time, SimulatorDice dice)
{
    private readonly Lock _gate = new();
    private readonly List<ActiveFault> _active = [];

    public void Add(IEnumerable<SimulatorFault> faults)
    {
        lock (_gate)
        {
            _active.AddRange(faults.Select(fault => new ActiveFault(fault, time.GetTimestamp())));
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _active.Clear();
        }
    }

    public (SimulatorFault Fault, int Hits)[] List()
    {
        lock (_gate)
        {
            return [.. _active.Select(static active => (active.Fault, active.Hits))];
        }
    }

    /// <summary>Gives the first rule that hits a call; null if none does.</summary>
    public SimulatorFault? Pick(SimulatedOperation operation, string endpointId)
    {
        lock (_gate)
        {
            foreach (var active in _active)
            {
                if (Applies(active, operation, endpointId) && ++active.Seen > active.Fault.Skip && dice.Roll(active.Fault.Probability))
                {
                    active.Hits++;
                    return active.Fault;
                }
            }

            return null;
        }
    }

    private bool Applies(ActiveFault active, SimulatedOperation operation, string endpointId)
    {
        var fault = active.Fault;
        return (fault.Count is not { } count || active.Hits < count)
            && (fault.Operation == "*" || fault.Operation.Equals(operation.Name(), StringComparison.OrdinalIgnoreCase))
            && (fault.Endpoint is null || fault.Endpoint == endpointId)
            && time.GetElapsedTime(active.AddedAt) >= fault.After;
    }

    private sealed class ActiveFault(SimulatorFault fault, long addedAt)
    {
        public SimulatorFault Fault { get; } = fault;

        public long AddedAt { get; } = addedAt;

        public int Seen { get; set; }

        public int Hits { get; set; }
    }
}
