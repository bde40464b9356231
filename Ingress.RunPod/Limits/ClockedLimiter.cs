using System.Threading.RateLimiting;

namespace Ingress.RunPod.Limits;

/// <summary>Has a clock run while somebody takes permits or waits for them. Thread-safe.</summary>
/// <param name="permits">Where the permits come from; disposed of with this.</param>
/// <param name="clock">The clock that brings them back.</param>
internal sealed class ClockedLimiter(RateLimiter permits, PermitClock clock) : RateLimiter
{
    /// <inheritdoc/>
    public override TimeSpan? IdleDuration => permits.IdleDuration;

    /// <inheritdoc/>
    public override RateLimiterStatistics? GetStatistics() => permits.GetStatistics();

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        clock.BeginTaking();
        try
        {
            return permits.AttemptAcquire(permitCount);
        }
        finally
        {
            clock.Run();
            clock.EndTaking();
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        clock.BeginTaking();
        try
        {
            var taken = permits.AcquireAsync(permitCount, cancellationToken);
            clock.Run(); // also while it waits, be it for something else first
            return await taken;
        }
        finally
        {
            clock.EndTaking();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            permits.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override async ValueTask DisposeAsyncCore()
    {
        await permits.DisposeAsync();
        await base.DisposeAsyncCore();
    }
}
