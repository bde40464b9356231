namespace Ingress.Pipeline.Forwarding;

/// <summary>The names of <see cref="BackendState"/> in answers and in telemetry.</summary>
public static class BackendStateNames
{
    /// <summary>Gets a state's name.</summary>
    /// <param name="state">The state.</param>
    /// <returns>Its name in snake case.</returns>
    public static string Of(BackendState state) => state switch
    {
        BackendState.Unknown => "unknown",
        BackendState.Ready => "ready",
        BackendState.Busy => "busy",
        BackendState.Cold => "cold",
        BackendState.Starting => "starting",
        BackendState.Throttled => "throttled",
        BackendState.Unhealthy => "unhealthy",
        BackendState.Unavailable => "unavailable",
        BackendState.Unauthorized => "unauthorized",
        BackendState.NotFound => "not_found",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };
}
