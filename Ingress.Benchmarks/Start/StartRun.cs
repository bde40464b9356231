namespace Ingress.Benchmarks.Start;

/// <summary>One start of the service.</summary>
/// <param name="Case">What was started, and how.</param>
/// <param name="FirstAcknowledgement">From the start of the process to its acknowledgement of the first message.</param>
/// <param name="CpuSeconds">The process's CPU time until then.</param>
/// <param name="IdleBytes">Its memory some seconds later.</param>
/// <param name="HeldBytes">Its memory with idle sessions.</param>
internal sealed record StartRun(StartCase Case, TimeSpan FirstAcknowledgement, double CpuSeconds, long IdleBytes, long HeldBytes);
