namespace Ingress.Pipeline.Queueing;

/// <summary>
/// The requests of one queue in the order of their arrival, linked through the requests themselves, so that one leaves in constant time
/// and none costs memory. Not thread-safe: its queue's lock guards it.
/// </summary>
internal sealed class WaitingLine
{
    private ConversationRequest? _oldest;
    private ConversationRequest? _newest;
    private long _lastOrder;
    private long _nextDeadline = long.MaxValue;

    /// <summary>Gets the one at the head; null when nobody waits. The others follow by <see cref="ConversationRequest.Newer"/>.</summary>
    public ConversationRequest? Oldest => _oldest;

    /// <summary>Numbers a request that has arrived and puts it at the end; one that has ended on the way is let go.</summary>
    /// <param name="request">A request that was never in line.</param>
    public void Append(ConversationRequest request)
    {
        request.Order = ++_lastOrder;
        if (request.State == RequestState.Queued)
        {
            LinkBefore(request, null);
        }
    }

    /// <summary>Puts a request back where its number belongs.</summary>
    /// <param name="request">A request that was in line and is not now.</param>
    public void Insert(ConversationRequest request)
    {
        var newer = _oldest;
        while (newer is not null && newer.Order < request.Order)
        {
            newer = newer.Newer;
        }

        LinkBefore(request, newer);
    }

    /// <summary>Takes a request out; nothing happens where it is not in line.</summary>
    /// <param name="request">A request of this queue.</param>
    public void Remove(ConversationRequest request)
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

    /// <summary>Collects those that have waited too long; they stay in line. Looks at them only when one can be due.</summary>
    /// <param name="now">The timestamp now.</param>
    /// <param name="due">Gets them added.</param>
    /// <returns>The timestamp before which nobody else in line can be due.</returns>
    public long CollectDue(long now, List<ConversationRequest> due)
    {
        if (now < _nextDeadline)
        {
            return _nextDeadline;
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

        return _nextDeadline;
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
}
