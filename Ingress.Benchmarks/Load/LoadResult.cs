namespace Ingress.Benchmarks.Load;

/// <summary>What one run of the load client has measured.</summary>
internal sealed record LoadResult
{
    /// <summary>Gets how many acknowledgements, or cycles, there were in the measured window.</summary>
    public long Count { get; init; }

    public double Seconds { get; init; }

    public double ServerCpuSeconds { get; init; }

    public double ClientCpuSeconds { get; init; }

    public double P50Microseconds { get; init; }

    public double P99Microseconds { get; init; }

    /// <summary>Gets how many requests were refused, in the whole run.</summary>
    public long Refused { get; init; }

    /// <summary>Gets how many connections failed or were closed by the server, in the whole run.</summary>
    public long Failed { get; init; }

    /// <summary>Gets how late the open loop's sends were, at their latest.</summary>
    public double LateMicroseconds { get; init; }

    /// <summary>Gets the server's memory with the connections open, where that is what is measured.</summary>
    public long HeldBytes { get; init; }

    /// <summary>Gets the server's memory before them.</summary>
    public long EmptyBytes { get; init; }

    public double PerSecond => Count / Seconds;

    public double CpuMicroseconds => ServerCpuSeconds * 1e6 / Math.Max(1, Count);

    public double ServerShare => ServerCpuSeconds / Seconds;

    public double ClientShare => ClientCpuSeconds / Seconds;

    public double BytesEach => (HeldBytes - EmptyBytes) / (double)Math.Max(1, Count);
}
