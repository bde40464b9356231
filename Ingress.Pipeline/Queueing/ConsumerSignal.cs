using System.Threading.Channels;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// Wakes the one consumer of a queue that found nothing to do. The consumer parks first and looks second, and producers do it the other
/// way round: one of the two always sees the other. Thread-safe.
/// </summary>
internal sealed class ConsumerSignal
{
    // A channel of one as an event: arrivals alone cannot wake the consumer, since whoever looks at the order empties them, and a request
    // that comes back does not pass them at all.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _parked;

    /// <summary>Notes that the consumer is about to wait; what it looks at afterwards is either seen or signalled.</summary>
    public void Park() => Interlocked.Exchange(ref _parked, 1);

    /// <summary>Waits for a signal. Only between <see cref="Park"/> and <see cref="Unpark"/>; it may come without need.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>A task that ends then.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _wake.Reader.ReadAsync(cancellationToken);

    /// <summary>Notes that the consumer is at work: nobody needs to signal.</summary>
    public void Unpark() => Volatile.Write(ref _parked, 0);

    /// <summary>Wakes the consumer if it is parked. To be called after what it is to see was made visible.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _parked) == 1)
        {
            _wake.Writer.TryWrite(true);
        }
    }
}
