namespace Ingress.RunPod.Simulation;

/// <summary>What a worker posts to <c>job-done</c>.</summary>
/// <param name="Output">The result or the progress, raw; null if there is none.</param>
/// <param name="Error">The error; null if the job went well.</param>
/// <param name="IsProgress">A progress update, which the SDK posts to the same address.</param>
/// <param name="StopsWorker">The worker ends after this job (the SDK's <c>refresh_worker</c>).</param>
internal sealed record WorkerReport(byte[]? Output, string? Error, bool IsProgress, bool StopsWorker);
