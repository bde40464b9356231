namespace Ingress.RunPod.Simulation;

/// <summary>RunPod's payload limits. It writes "MB"; runpodctl, its own client, takes 1 MB for 1,048,576 bytes.</summary>
internal static class PayloadLimits
{
    public const int Run = 10 * 1024 * 1024;
    public const int RunSync = 20 * 1024 * 1024;

    /// <summary>One streamed chunk; larger yields are split.</summary>
    public const int Chunk = 1024 * 1024;
}
