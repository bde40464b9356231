using System.Threading.RateLimiting;

namespace Ingress.RunPod.Limits;

/// <summary>Permission for one read of a stream. Disposed exactly once, when the read is over.</summary>
/// <param name="Hold">How long RunPod may hold the answer back.</param>
/// <param name="Place">Whose place it holds, or null.</param>
/// <param name="Turn">The turn among the short reads, or null.</param>
internal readonly record struct StreamRead(TimeSpan Hold, StreamPlaces? Place, RateLimitLease? Turn) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Place?.Exit();
        Turn?.Dispose();
    }
}
