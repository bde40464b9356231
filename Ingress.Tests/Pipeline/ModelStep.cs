namespace Ingress.Tests.Pipeline;

/// <summary>One step of a random history; the numbers choose who does it and how.</summary>
internal readonly record struct ModelStep(ModelStepKind Kind, int A, int B);
