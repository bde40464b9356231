namespace Ingress.Api.Send;

/// <summary>Why nothing can be sent, for the person at the terminal.</summary>
/// <param name="exitCode">How the process ends.</param>
/// <param name="message">What was wrong and what to do.</param>
internal sealed class SendException(int exitCode, string message) : Exception(message)
{
    /// <summary>Gets how the process ends.</summary>
    public int ExitCode => exitCode;
}
