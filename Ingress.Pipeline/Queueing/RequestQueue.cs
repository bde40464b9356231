using System.Threading.Channels;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// The bounded first-in-first-out queue of one endpoint. Producers are admitted by a count of what is live and hand over through a
/// bounded channel; the order is kept in a list linked through the requests themselves, from which a request leaves in constant time.
/// </summary>
/// <remarks>
/// A request holds its place until the backend has taken it or it has ended, so that one that comes back from a failed hand-over never
/// finds its place given away. Thread-safe; only one consumer may take.
/// </remarks>
internal sealed class RequestQueue : IDemand
{
    private readonly Lock _gate = new();
    private readonly Channel<ConversationRequest> _arrivals;

    // A channel of one as an event: arrivals alone cannot wake the consumer, since whoever looks at the order empties them, and a request
    // that comes back does not pass them at all.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly int _capacity;
    private readonly long _maxBytes;
    private int _live;
    private int _listeners;
    private long _bytes;
    private int _inHand;
    private int _parked;
    private long _lastOrder;
    private long _nextDeadline = long.MaxValue;
    private ConversationRequest? _oldest;
    private ConversationRequest? _newest;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="capacity">The most live requests.</param>
    /// <param name="maxBytes">The most bytes of live requests.</param>
    public RequestQueue(int capacity, long maxBytes)
    {
        _capacity = capacity;
        _maxBytes = maxBytes;
        _arrivals = Channel.CreateBounded<ConversationRequest>(new BoundedChannelOptions(capacity)
        {
            // Never waited for: the count admits no more than fit, and who finds the channel full of the dead clears it himself.
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = false,
            SingleWriter = false,
        });
    }

    /// <summary>Gets the most requests that may wait.</summary>
    public int Capacity => _capacity;

    /// <summary>Gets the number of live requests.</summary>
    public int Length => Volatile.Read(ref _live);

    /// <summary>Gets the number of live requests whose clients hear of their places.</summary>
    public int Listeners => Volatile.Read(ref _listeners);

    /// <summary>Gets the bytes of the live requests.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Gets the number of requests that were taken and neither put back nor released.</summary>
    public int InHand => Volatile.Read(ref _inHand);

    /// <inheritdoc/>
    public int Waiting => Math.Max(0, Volatile.Read(ref _live) - Volatile.Read(ref _inHand));

    /// <inheritdoc/>
    public long? OldestSince
    {
        get
        {
            lock (_gate)
            {
                Pull();
                return _oldest?.ReceivedAt;
            }
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="bytes">The size of the input.</param>
    /// <param name="position">The place, 1 for the next.</param>
    /// <returns>False when the queue is full; nothing is held then.</returns>
    public bool TryAdmit(int bytes, out int position)
    {
        if (!TryTakeBytes(bytes))
        {
            position = 0;
            return false;
        }

        var live = Volatile.Read(ref _live);
        while (live < _capacity)
        {
            var seen = Interlocked.CompareExchange(ref _live, live + 1, live);
            if (seen == live)
            {
                position = live + 1;
                return true;
            }

            live = seen;
        }

        Interlocked.Add(ref _bytes, -bytes);
        position = 0;
        return false;
    }

    /// <summary>Gives back a place that was asked for and never used.</summary>
    /// <param name="bytes">The size that was asked for.</param>
    public void GiveBack(int bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _live);
    }

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

        Wake();
    }

    /// <summary>Waits until there may be something to take. Only for the one consumer.</summary>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>A task that ends then.</returns>
    public async ValueTask WaitForArrivalAsync(CancellationToken cancellationToken)
    {
        // Parked first, looked second; producers do it the other way round. One of the two always sees the other.
        Interlocked.Exchange(ref _parked, 1);
        try
        {
            if (!HasWaiting())
            {
                await _wake.Reader.ReadAsync(cancellationToken);
            }
        }
        finally
        {
            Volatile.Write(ref _parked, 0);
        }
    }

    /// <summary>Tells whether a live request waits.</summary>
    /// <returns>True when <see cref="TryTake"/> would find one now.</returns>
    public bool HasWaiting()
    {
        lock (_gate)
        {
            Pull();
            return _oldest is not null;
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
            while (_oldest is { } oldest)
            {
                Unlink(oldest);
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
            var newer = _oldest;
            while (newer is not null && newer.Order < request.Order)
            {
                newer = newer.Newer;
            }

            LinkBefore(request, newer);
        }

        Wake();
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
            Unlink(request);
            LetGo(request);
        }

        Interlocked.Add(ref _bytes, -request.Bytes);
        Interlocked.Decrement(ref _live);
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
            for (var request = _oldest; request is not null; request = request.Newer)
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
    public void CollectDue(long now, List<ConversationRequest> due)
    {
        lock (_gate)
        {
            Pull();
            if (now < _nextDeadline)
            {
                return;
            }

            _nextDeadline = long.MaxValue;
            for (var request = _oldest; request is not null; request = request.Newer)
            {
                if (request.Deadline <= now)
                {
                    due.Add(request);
                }
                else
                {
                    _nextDeadline = Math.Min(_nextDeadline, request.Deadline);
                }
            }
        }
    }

    private bool TryTakeBytes(int bytes)
    {
        var held = Interlocked.Read(ref _bytes);
        while (held + bytes <= _maxBytes)
        {
            var seen = Interlocked.CompareExchange(ref _bytes, held + bytes, held);
            if (seen == held)
            {
                return true;
            }

            held = seen;
        }

        return false;
    }

    private void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _parked) == 1)
        {
            _wake.Writer.TryWrite(true);
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

    // Moves what has arrived into the list; what ended on the way is let go here.
    private void Pull()
    {
        while (_arrivals.Reader.TryRead(out var request))
        {
            request.Order = ++_lastOrder;
            if (request.State == RequestState.Queued)
            {
                LinkBefore(request, null);
            }
        }
    }

    private void LinkBefore(ConversationRequest request, ConversationRequest? newer)
    {
        var older = newer is null ? _newest : newer.Older;
        request.Older = older;
        request.Newer = newer;
        _ = older is null ? _oldest = request : older.Newer = request;
        _ = newer is null ? _newest = request : newer.Older = request;
        _nextDeadline = Math.Min(_nextDeadline, request.Deadline);
    }

    private void Unlink(ConversationRequest request)
    {
        var linked = request.Older is not null || request.Newer is not null || _oldest == request;
        if (!linked)
        {
            return;
        }

        _ = request.Older is null ? _oldest = request.Newer : request.Older.Newer = request.Newer;
        _ = request.Newer is null ? _newest = request.Older : request.Newer.Older = request.Older;
        request.Older = request.Newer = null;
    }
}
