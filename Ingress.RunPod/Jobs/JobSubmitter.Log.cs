using Ingress.Pipeline.Forwarding;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Jobs;

internal sealed partial class JobSubmitter
{
    [LoggerMessage(
        1, LogLevel.Warning, "A hand-over to RunPod endpoint {Endpoint} ended as {Outcome}: {Reply}.", EventName = "HandoverFailed")]
    private static partial void LogNotAccepted(ILogger logger, string endpoint, SubmitOutcome outcome, string reply);

    [LoggerMessage(2, LogLevel.Error, "A hand-over to RunPod endpoint {Endpoint} failed.", EventName = "HandoverBroke")]
    private static partial void LogFailed(ILogger logger, string endpoint, Exception exception);
}
