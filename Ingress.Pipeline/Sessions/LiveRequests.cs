using Ingress.Pipeline.Queueing;

namespace Ingress.Pipeline.Sessions;

/// <summary>
/// A session's live requests, waiting and running: linked through the requests themselves, so that one more costs no memory, and by id
/// where somebody can know the id. Not thread-safe: its session's lock guards it.
/// </summary>
internal struct LiveRequests
{
    /// <summary>The length of an id that was made up here; only of such a length can an unnamed request's be.</summary>
    private const int MadeIdLength = 36;

    private Dictionary<string, ConversationRequest>? _named;
    private ConversationRequest? _newest;

    /// <summary>Gets how many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a request.</summary>
    /// <param name="request">A request of this session.</param>
    /// <returns>False when another one has its id.</returns>
    public bool TryAdd(ConversationRequest request)
    {
        if (request.KnownId is { } id)
        {
            if (FindUnnamed(id) is not null || !(_named ??= new(StringComparer.Ordinal)).TryAdd(id, request))
            {
                return false;
            }

            request.IsNamed = true;
        }

        request.NextOfSession = _newest;
        if (_newest is not null)
        {
            _newest.PreviousOfSession = request;
        }

        _newest = request;
        request.IsLive = true;
        Count++;
        return true;
    }

    /// <summary>Removes a request; nothing happens where it is not there.</summary>
    /// <param name="request">A request of this session.</param>
    public void Remove(ConversationRequest request)
    {
        if (!request.IsLive)
        {
            return;
        }

        request.IsLive = false;
        Count--;
        if (request.IsNamed)
        {
            _named!.Remove(request.Id);
        }

        _ = request.PreviousOfSession is null ? _newest = request.NextOfSession : request.PreviousOfSession.NextOfSession = request.NextOfSession;
        if (request.NextOfSession is not null)
        {
            request.NextOfSession.PreviousOfSession = request.PreviousOfSession;
        }

        request.NextOfSession = request.PreviousOfSession = null;
    }

    /// <summary>Finds a request.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The request, or null.</returns>
    public readonly ConversationRequest? Find(string id) => _named?.GetValueOrDefault(id) ?? FindUnnamed(id);

    /// <summary>Lists them.</summary>
    /// <returns>A copy, the oldest first.</returns>
    public readonly ConversationRequest[] ToArray()
    {
        if (Count == 0)
        {
            return [];
        }

        var all = new ConversationRequest[Count];
        var i = Count;
        for (var request = _newest; request is not null; request = request.NextOfSession)
        {
            all[--i] = request;
        }

        return all;
    }

    /// <summary>Removes all.</summary>
    /// <returns>What was there, the oldest first.</returns>
    public ConversationRequest[] Clear()
    {
        var all = ToArray();
        foreach (var request in all)
        {
            request.IsLive = false;
            request.NextOfSession = request.PreviousOfSession = null;
        }

        this = default;
        return all;
    }

    /// <summary>Counts the places and bytes that they hold in their queues.</summary>
    /// <returns>Both.</returns>
    public readonly (long Places, long Bytes) CountHeld()
    {
        long places = 0, bytes = 0;
        for (var request = _newest; request is not null; request = request.NextOfSession)
        {
            if (request.HoldsPlace)
            {
                places++;
                bytes += request.Bytes;
            }
        }

        return (places, bytes);
    }

    // One that came without an id has got one by now if a client or an operator names it.
    private readonly ConversationRequest? FindUnnamed(string id)
    {
        if (id.Length != MadeIdLength || Count == (_named?.Count ?? 0))
        {
            return null;
        }

        var request = _newest;
        while (request is not null && (request.IsNamed || request.KnownId != id))
        {
            request = request.NextOfSession;
        }

        return request;
    }
}
