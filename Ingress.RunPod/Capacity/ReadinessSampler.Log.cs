using Ingress.Pipeline.Forwarding;
using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Capacity;

internal sealed partial class ReadinessSampler
{
    [LoggerMessage(1, LogLevel.Information, "RunPod endpoint {Endpoint} answered: {State}.", EventName = "BackendAvailable")]
    private static partial void LogAvailable(ILogger logger, string endpoint, BackendState state);

    [LoggerMessage(2, LogLevel.Warning, "RunPod endpoint {Endpoint} cannot take jobs now. {Error}", EventName = "BackendUnavailable")]
    private static partial void LogUnavailable(ILogger logger, string endpoint, string error);
}
