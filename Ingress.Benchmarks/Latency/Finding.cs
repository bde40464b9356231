namespace Ingress.Benchmarks.Latency;

/// <summary>One line of the answer.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Result">The figures.</param>
/// <param name="Bar">What is wanted.</param>
/// <param name="Includes">What exactly lies between the two ends of the measurement.</param>
internal sealed record Finding(string What, string Result, string Bar, string Includes);
