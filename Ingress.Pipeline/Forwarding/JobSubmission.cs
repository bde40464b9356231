namespace Ingress.Pipeline.Forwarding;

/// <summary>A job to be handed over.</summary>
/// <param name="Input">The client's <c>input</c> as UTF-8 JSON, passed on byte for byte.</param>
/// <param name="Policy">The limits that the client asked for; the backend caps them by its configuration.</param>
/// <param name="TraceParent">The W3C <c>traceparent</c> to send along when no activity of the process stands for the request.</param>
public sealed record JobSubmission(ReadOnlyMemory<byte> Input, JobPolicy Policy, string? TraceParent);
