using Ingress.Pipeline.Forwarding;

namespace Ingress.RunPod.Jobs;

/// <summary>Stands for a listener that has left.</summary>
internal sealed class NoObserver : IJobObserver
{
    public static readonly NoObserver Instance = new();

    private NoObserver()
    {
    }

    /// <inheritdoc/>
    public void OnStarted(JobStart start)
    {
    }

    /// <inheritdoc/>
    public void OnOutput(ReadOnlySpan<byte> output)
    {
    }
}
