using Microsoft.Extensions.Logging;

namespace Ingress.RunPod.Simulation;

internal static partial class SimulatorLog
{
    [LoggerMessage(1, LogLevel.Information, "Simulated RunPod listening on {Url}.", EventName = nameof(Listening))]
    public static partial void Listening(ILogger logger, string url);

    [LoggerMessage(2, LogLevel.Debug, "Fault {Kind} hit {Operation} of endpoint {EndpointId}.", EventName = nameof(FaultHit))]
    public static partial void FaultHit(ILogger logger, SimulatorFaultKind kind, string operation, string endpointId);

    [LoggerMessage(3, LogLevel.Debug, "Refused {Operation} of endpoint {EndpointId}: over RunPod's limit.", EventName = nameof(TooMany))]
    public static partial void TooMany(ILogger logger, string operation, string endpointId);

    [LoggerMessage(4, LogLevel.Information, "Settings changed by the control API.", EventName = nameof(SettingsChanged))]
    public static partial void SettingsChanged(ILogger logger);
}
