namespace Ingress.Pipeline.Forwarding;

/// <summary>A job on its way to the backend.</summary>
/// <param name="Sent">
/// Completes, never faulted, when the next job may be sent without overtaking this one: its bytes have left, or it was answered.
/// </param>
/// <param name="Answer">Completes, never faulted, with what became of it.</param>
public readonly record struct Handover(Task Sent, Task<SubmitResult> Answer);
