using System.Threading.Channels;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// The bounded first-in-first-out queue of one endpoint. Producers are admitted by a count of what is live (<see cref="AdmissionControl"/>)
/// and hand over through a bounded channel; the order is kept in a <see cref="WaitingLine"/>, from which a request leaves in constant time.
/// </summary>
/// <remarks>
/// A request holds its place until the backend has taken it or it has ended, so that one that comes back from a failed hand-over never
/// finds its place given away. Thread-safe; only one consumer may take.
/// </remarks>
internal sealed class RequestQueue : IDemand
{
    private readonly Lock _gate = new();
    private readonly Channel<ConversationRequest> _arrivals;
    private readonly AdmissionControl _admission;
    private readonly WaitingLine _line = new();
    private readonly ConsumerSignal _consumer = new();
    private int _listeners;
    private int _inHand;
    private int _arrived;

    /// <summary>
    /// While nobody takes, each so many-th request takes the arrivals into the line. Were that left to the housekeeping, it would find thousands at
    /// once and in no cache, and hold up everybody on a single core.
    /// </summary>
    private const int ArrivalsPulled = 64;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="capacity">The most live requests.</param>
    /// <param name="maxBytes">The most bytes of live requests.</param>
    public RequestQueue(int capacity, long maxBytes)
    {
        _admission = new AdmissionControl(capacity, maxBytes);
        _arrivals = Channel.CreateBounded<ConversationRequest>(new BoundedChannelOptions(capacity)
        {
            // Never waited for: the count admits no more than fit, and who finds the channel full of the dead clears it himself.
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = false,
            SingleWriter = false,
        });
    }

    /// <summary>Gets the most requests that may wait.</summary>
    public int Capacity => _admission.Capacity;

    /// <summary>Gets the number of live requests.</summary>
    public int Length => _admission.Places;

    /// <summary>Gets the number of live requests whose clients hear of their places.</summary>
    public int Listeners => Volatile.Read(ref _listeners);

    /// <summary>Gets the bytes of the live requests.</summary>
    public long Bytes => _admission.Bytes;

    /// <summary>Gets the number of requests that were taken and neither put back nor released.</summary>
    public int InHand => Volatile.Read(ref _inHand);

    /// <inheritdoc/>
    public int Waiting => Math.Max(0, _admission.Places - Volatile.Read(ref _inHand));

    /// <inheritdoc/>
    public long? OldestSince
    {
        get
        {
            lock (_gate)
            {
                Pull();
                return _line.Oldest?.ReceivedAt;
            }
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="bytes">The size of the input.</param>
    /// <param name="position">The place, 1 for the next.</param>
    /// <returns>False when the queue is full; nothing is held then.</returns>
    public bool TryAdmit(int bytes, out int position) => _admission.TryAdmit(bytes, out position);

    /// <summary>Gives back a place that was asked for and never used.</summary>
    /// <param name="bytes">The size that was asked for.</param>
    public void GiveBack(int bytes) => _admission.GiveBack(bytes);

    /// <summary>Adds an admitted request at the end. Never waits and never fails.</summary>
    /// <param name="request">The request; it may have ended meanwhile.</param>
    public void Enqueue(ConversationRequest request)
    {
        if (request.IsListener)
        {
            Interlocked.Increment(ref _listeners);
        }

        while (!_arrivals.Writer.TryWrite(request))
        {
            // Full of requests that ended before the consumer came by; the live ones always fit.
            lock (_gate)
            {
                Pull();
            }
        }

        if (Interlocked.Increment(ref _arrived) % ArrivalsPulled == 0)
        {
            lock (_gate)
            {
                Pull();
            }
        }

        _consumer.Wake();
    }

    /// <summary>Waits until there may be something to take. Only for the one consumer.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>A task that ends then.</returns>
    public async ValueTask WaitForArrivalAsync(CancellationToken cancellationToken)
    {
        _consumer.Park();
        try
        {
            if (!HasWaiting())
            {
                await _consumer.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _consumer.Unpark();
        }
    }

    /// <summary>Tells whether a live request waits.</summary>
    /// <returns>True when <see cref="TryTake"/> would find one now.</returns>
    public bool HasWaiting()
    {
        lock (_gate)
        {
            Pull();
            return _line.Oldest is not null;
        }
    }

    /// <summary>Takes the oldest live request. It keeps its place until <see cref="Release"/>.</summary>
    /// <param name="request">The request, in the state of being dispatched.</param>
    /// <returns>False when none waits.</returns>
    public bool TryTake(out ConversationRequest request)
    {
        lock (_gate)
        {
            Pull();
            while (_line.Oldest is { } oldest)
            {
                _line.Remove(oldest);
                if (oldest.TryBeginDispatch())
                {
                    oldest.InHand = true;
                    _inHand++;
                    request = oldest;
                    return true;
                }
            }
        }

        request = null!;
        return false;
    }

    /// <summary>Puts a request back that the backend did not take, in its old place.</summary>
    /// <param name="request">A request that was taken and returned to the queued state; it may have ended since.</param>
    public void PutBack(ConversationRequest request)
    {
        lock (_gate)
        {
            LetGo(request);
            if (request.State != RequestState.Queued)
            {
                return;
            }

            Pull();
            _line.Insert(request);
        }

        _consumer.Wake();
    }

    /// <summary>Takes a request off the count and, where it stands in the list, out of it. Safe to call more than once.</summary>
    /// <param name="request">A request of this queue that has ended or that the backend has taken.</param>
    public void Release(ConversationRequest request)
    {
        if (!request.TryGivePlaceBack())
        {
            return;
        }

        if (request.IsListener)
        {
            Interlocked.Decrement(ref _listeners);
        }

        lock (_gate)
        {
            _line.Remove(request);
            LetGo(request);
        }

        _admission.GiveBack(request.Bytes);
    }

    /// <summary>Calls back for each waiting request, oldest first, under the queue's lock.</summary>
    /// <typeparam name="TState">What the callback needs.</typeparam>
    /// <param name="state">Passed through.</param>
    /// <param name="visit">Gets the request and its position from 1; returns false to stop. Must not call the queue.</param>
    public void Visit<TState>(TState state, Func<TState, ConversationRequest, int, bool> visit)
    {
        lock (_gate)
        {
            Pull();
            var position = _inHand;
            for (var request = _line.Oldest; request is not null; request = request.Newer)
            {
                if (request.State == RequestState.Queued && !visit(state, request, ++position))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Collects the requests that have waited too long. Looks at the list only when one can be due.</summary>
    /// <param name="now">The timestamp now.</param>
    /// <param name="due">Gets them added.</param>
    /// <returns>The timestamp before which nobody else can be due; the largest number where nobody waits.</returns>
    public long CollectDue(long now, List<ConversationRequest> due)
    {
        lock (_gate)
        {
            Pull();
            return _line.CollectDue(now, due);
        }
    }

    private void LetGo(ConversationRequest request)
    {
        if (request.InHand)
        {
            request.InHand = false;
            _inHand--;
        }
    }

    // Moves what has arrived into the line. Under the lock.
    private void Pull()
    {
        while (_arrivals.Reader.TryRead(out var request))
        {
            _line.Append(request);
        }
    }
}
