namespace Ingress.Pipeline.Protocol;

/// <summary>An error as a client reads it.</summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Message">What was wrong and what to do. Holds no payload.</param>
/// <param name="Retryable">Whether the same request may succeed later.</param>
public readonly record struct RequestError(string Code, string Message, bool Retryable = false);
