namespace Ingress.Pipeline.Forwarding;

/// <summary>What waits for a backend. The backend polls only while something waits or runs, and scales by how much it is.</summary>
public interface IDemand
{
    /// <summary>Gets the number of live requests that wait and were not handed over yet. 0 or more.</summary>
    int Waiting { get; }

    /// <summary>
    /// Gets the <see cref="TimeProvider.GetTimestamp"/> at which the oldest waiting request arrived, or null when nothing waits.
    /// </summary>
    long? OldestSince { get; }
}
