namespace Ingress.RunPod.Simulation;

internal static class SimulatedJobStates
{
    private static readonly string[] WireNames = ["IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT", "GONE"];

    public static string WireName(this SimulatedJobState state) => WireNames[(int)state];

    public static bool IsOver(this SimulatedJobState state) => state >= SimulatedJobState.Completed;
}
