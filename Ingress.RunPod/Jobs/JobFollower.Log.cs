using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Jobs;

internal sealed partial class JobFollower
{
    [LoggerMessage(
        1, LogLevel.Information, "Reading the stream of job {JobId} on RunPod endpoint {Endpoint} failed: {Reply}.",
        EventName = "StreamReadFailed")]
    private static partial void LogReadFailed(ILogger logger, string jobId, string endpoint, string reply);

    [LoggerMessage(
        2, LogLevel.Warning, "Job {JobId} on RunPod endpoint {Endpoint} is lost: RunPod no longer knows it, or it outlived its time.",
        EventName = "JobLost")]
    private static partial void LogLost(ILogger logger, string jobId, string endpoint);

    [LoggerMessage(
        3, LogLevel.Warning, "The result of job {JobId} on RunPod endpoint {Endpoint} could not be read: {Reply}.",
        EventName = "JobResultMissing")]
    private static partial void LogNoResult(ILogger logger, string jobId, string endpoint, string reply);

    [LoggerMessage(
        4, LogLevel.Warning, "Job {JobId} on RunPod endpoint {Endpoint} was cancelled after {Count} restarts.",
        EventName = "JobRestartedTooOften")]
    private static partial void LogRestarted(ILogger logger, string jobId, string endpoint, int count);

    [LoggerMessage(
        5, LogLevel.Warning, "Job {JobId} on RunPod endpoint {Endpoint} was withdrawn: RunPod has {Overdue}.",
        EventName = "JobOverdue")]
    private static partial void LogOverdue(ILogger logger, string jobId, string endpoint, string overdue);
}
