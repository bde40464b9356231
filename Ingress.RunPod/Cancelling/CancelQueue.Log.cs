using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Cancelling;

internal sealed partial class CancelQueue
{
    [LoggerMessage(
        1, LogLevel.Information, "Cancelling job {JobId} on RunPod endpoint {Endpoint} is tried again: {Reply}.",
        EventName = "CancelRetried")]
    private static partial void LogRetried(ILogger logger, string jobId, string endpoint, string reply);

    [LoggerMessage(
        2, LogLevel.Warning, "Job {JobId} on RunPod endpoint {Endpoint} was left to its time to live; its cancelling was not confirmed.",
        EventName = "CancelGivenUp")]
    private static partial void LogGivenUp(ILogger logger, string jobId, string endpoint);

    [LoggerMessage(
        3, LogLevel.Warning, "{Count} jobs on RunPod endpoint {Endpoint} were left to their time to live at shutdown.",
        EventName = "CancelsLeft")]
    private static partial void LogLeft(ILogger logger, string endpoint, int count);
}
