using System.Threading.RateLimiting;

namespace Ingress.RunPod.Limits;

/// <summary>
/// Shares out the reads that may be held open at RunPod. Streams beyond that number take turns with short reads; the newest streams have
/// the first claim on a held one, since their readers wait for a first word. Thread-safe.
/// </summary>
internal sealed class StreamPlaces : IDisposable
{
    /// <summary>
    /// The shortest hold that RunPod takes: that of a read without a place, and of every read while there are few streams.
    /// </summary>
    public static readonly TimeSpan ShortHold = TimeSpan.FromSeconds(1);

    // RunPod's own default, and far below what its edge cuts off.
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(10);

    // RunPod promises to answer early for a chunk, not for a start or an end, so a hold is how late those may be noticed: as short as it
    // can be while empty replies stay at 50 a second, a quarter of what is allowed.
    private static readonly TimeSpan HoldPerStream = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly LinkedList<long> _streams = [];
    private readonly ConcurrencyLimiter _short;
    private readonly int _places;
    private LinkedListNode<long>? _oldestWithClaim;
    private long _lastNumber;
    private int _claims;
    private int _held;

    /// <param name="readConcurrency">
    /// How many reads may be open at a time; what neither kind of read gets is left for <c>/status</c>.
    /// </param>
    public StreamPlaces(int readConcurrency)
    {
        _places = readConcurrency * 7 / 8;
        _short = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = Math.Max(1, readConcurrency / 10),
            QueueLimit = int.MaxValue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>Gets how many streams are there.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>Adds a stream as the newest. It leaves through <see cref="Leave"/>.</summary>
    public LinkedListNode<long> Join()
    {
        lock (_gate)
        {
            var stream = _streams.AddLast(++_lastNumber);
            _oldestWithClaim ??= stream;
            if (++_claims > _places)
            {
                _oldestWithClaim = _oldestWithClaim.Next;
                _claims--;
            }

            return stream;
        }
    }

    /// <summary>Removes a stream; the newest of those without a claim inherits the one it had.</summary>
    public void Leave(LinkedListNode<long> stream)
    {
        lock (_gate)
        {
            if (_oldestWithClaim is { } oldest && stream.Value >= oldest.Value)
            {
                // With as many claims as places the next older stream moves up; with fewer there is no older one.
                _oldestWithClaim = oldest.Previous ?? (ReferenceEquals(stream, oldest) ? oldest.Next : oldest);
                _claims -= oldest.Previous is null ? 1 : 0;
            }

            _streams.Remove(stream);
        }
    }

    /// <summary>Waits until the stream may read.</summary>
    /// <returns>The permission, to be disposed when the read is over.</returns>
    public async ValueTask<StreamRead> EnterAsync(LinkedListNode<long> stream, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Having the claim is not enough: one that has just lost it may still hold its place for the rest of its read.
            if (_held < _places && stream.Value >= (_oldestWithClaim?.Value ?? 0))
            {
                _held++;
                var hold = HoldPerStream * _streams.Count;
                return new StreamRead(hold < ShortHold ? ShortHold : hold > LongestHold ? LongestHold : hold, this, null);
            }
        }

        return new StreamRead(ShortHold, null, await _short.AcquireAsync(1, cancellationToken));
    }

    /// <summary>Gives a place back.</summary>
    internal void Exit()
    {
        lock (_gate)
        {
            _held--;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _short.Dispose();
}
