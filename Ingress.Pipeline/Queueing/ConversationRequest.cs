using System.Diagnostics;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Sessions;

namespace Ingress.Pipeline.Queueing;

/// <summary>
/// One acknowledged request, from its acknowledgement to its end. Its state changes by compare-and-swap, so that of all who want to end
/// it (client, connection, clock, dispatcher, backend) exactly one does.
/// </summary>
internal sealed class ConversationRequest
{
    private int _state = (int)RequestState.Queued;
    private int _cancelReason;
    private long _abandonedAt;
    private int _holdsPlace = 1;
    private CancellationTokenSource? _abandoned;
    private string? _id;

    // An InputSlab while it shares one, an array of its own once it is handed over (and always, where it is large), then nothing.
    private object? _input;
    private readonly int _inputStart;

    /// <summary>Initializes a new instance that holds a place in its lane's queue.</summary>
    /// <param name="id">The id; null where nobody can name it yet, so that one is made up only when it is told.</param>
    /// <param name="session">The session that owns it.</param>
    /// <param name="lane">The endpoint's lane.</param>
    /// <param name="input">The input, which is copied.</param>
    /// <param name="receivedAt">The timestamp of its arrival.</param>
    public ConversationRequest(string? id, Session session, EndpointLane lane, ReadOnlySpan<byte> input, long receivedAt)
    {
        _id = id;
        Session = session;
        Lane = lane;
        _input = InputSlabs.Keep(input, out _inputStart);
        Bytes = input.Length;
        ReceivedAt = receivedAt;
    }

    /// <summary>Gets the id, unique among the session's live requests.</summary>
    public string Id => Volatile.Read(ref _id) ?? MakeId();

    /// <summary>Gets the id if anybody can know it; null as long as it has none.</summary>
    public string? KnownId => Volatile.Read(ref _id);

    /// <summary>Gets whether its client hears of its place: the plain protocol's do not.</summary>
    public bool IsListener => Session.Protocol == WireProtocol.V1;

    /// <summary>Gets the session that owns the request.</summary>
    public Session Session { get; }

    /// <summary>Gets the endpoint's lane that it waits in.</summary>
    public EndpointLane Lane { get; }

    /// <summary>Gets whether it still has its input; one that has ended, or that the backend has taken, keeps none in memory.</summary>
    public bool HasInput => Volatile.Read(ref _input) is not null;

    /// <summary>Gets the size of the input, in bytes.</summary>
    public int Bytes { get; }

    /// <summary>Gets the timestamp of its arrival.</summary>
    public long ReceivedAt { get; }

    /// <summary>Gets or sets the timestamp at which it has waited too long.</summary>
    public long Deadline { get; init; }

    /// <summary>Gets the limits that its client asked for.</summary>
    public JobPolicy Policy { get; init; }

    /// <summary>Gets the trace that it belongs to; the span is that of its arrival.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>Gets or sets the wait that was told with the acknowledgement, in milliseconds; null where none was known.</summary>
    public long? EstimatedWaitMs { get; set; }

    /// <summary>Gets or sets when the backend took it.</summary>
    public long DispatchedAt { get; set; }

    /// <summary>Gets or sets when its first chunk came; 0 before that.</summary>
    public long FirstOutputAt { get; set; }

    /// <summary>Gets or sets the number of chunks sent.</summary>
    public long Chunks { get; set; }

    /// <summary>Gets or sets the backend's id of its job.</summary>
    public string? JobId { get; set; }

    /// <summary>Gets or sets the span from its arrival to its end; null until it is handed over, and when nobody listens.</summary>
    public Activity? Process { get; set; }

    /// <summary>Gets or sets why it last waited, as far as it was looked at.</summary>
    public WaitReason LastReason { get; set; }

    /// <summary>Gets or sets the next older request in the queue; the queue's own.</summary>
    internal ConversationRequest? Older { get; set; }

    /// <summary>Gets or sets the next newer request in the queue; the queue's own.</summary>
    internal ConversationRequest? Newer { get; set; }

    /// <summary>Gets or sets a value indicating whether it was taken and neither put back nor released; the queue's own.</summary>
    internal bool InHand { get; set; }

    /// <summary>Gets or sets its number in the order of arrival, from 1; 0 until the queue has given one. The queue's own.</summary>
    internal long Order { get; set; }

    /// <summary>Gets or sets the next older live request of its session; the session's own.</summary>
    internal ConversationRequest? NextOfSession { get; set; }

    /// <summary>Gets or sets the next newer live request of its session; the session's own.</summary>
    internal ConversationRequest? PreviousOfSession { get; set; }

    /// <summary>Gets or sets a value indicating whether its session has it; the session's own.</summary>
    internal bool IsLive { get; set; }

    /// <summary>Gets or sets a value indicating whether its session finds it by its id; the session's own.</summary>
    internal bool IsNamed { get; set; }

    /// <summary>Gets or sets the place last told to the client; the position upkeep's own.</summary>
    internal int ToldPosition { get; set; }

    /// <summary>Gets where it is in its life.</summary>
    public RequestState State => (RequestState)Volatile.Read(ref _state);

    /// <summary>Gets why it was given up; <see cref="CancelReason.None"/> while it is wanted.</summary>
    public CancelReason CancelReason => (CancelReason)Volatile.Read(ref _cancelReason);

    /// <summary>Gets the timestamp at which it was given up; 0 while it is wanted.</summary>
    public long AbandonedAt => Interlocked.Read(ref _abandonedAt);

    /// <summary>Gets whether it still counts against the queue's bound.</summary>
    public bool HoldsPlace => Volatile.Read(ref _holdsPlace) == 1;

    /// <summary>Gets the token that fires when nobody wants its job any more. Only from <see cref="TryBeginDispatch"/> on.</summary>
    public CancellationToken Abandoned => _abandoned!.Token;

    /// <summary>Takes it out of the queue to be handed over.</summary>
    /// <returns>False when it has ended meanwhile.</returns>
    public bool TryBeginDispatch()
    {
        // Before the state changes: whoever then gives the request up must find something to cancel. Never disposed: it has neither
        // timer nor link, so that there is nothing to free, and a late cancel cannot race a disposal.
        _abandoned ??= new CancellationTokenSource();
        return Move(RequestState.Queued, RequestState.Dispatching);
    }

    /// <summary>The backend has it.</summary>
    /// <returns>False when it has ended meanwhile.</returns>
    public bool TryBeginRun() => Move(RequestState.Dispatching, RequestState.Running);

    /// <summary>The backend certainly does not have it: it waits again.</summary>
    /// <returns>False when it has ended meanwhile.</returns>
    public bool TryReturnToQueue() => Move(RequestState.Dispatching, RequestState.Queued);

    /// <summary>Ends it if it is still waiting.</summary>
    /// <returns>True for the one caller that ended it.</returns>
    public bool TryEndQueued() => Move(RequestState.Queued, RequestState.Ended);

    /// <summary>Ends it wherever it is.</summary>
    /// <param name="previous">Where it was.</param>
    /// <returns>True for the one caller that ended it.</returns>
    public bool TryEnd(out RequestState previous)
    {
        previous = (RequestState)Interlocked.Exchange(ref _state, (int)RequestState.Ended);
        return previous != RequestState.Ended;
    }

    /// <summary>Notes that nobody wants it any more, and why; the first reason stays. Cancels its job if there is one.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="now">The timestamp now.</param>
    /// <returns>True for the first caller.</returns>
    public bool Abandon(CancelReason reason, long now)
    {
        Interlocked.CompareExchange(ref _abandonedAt, now, 0);
        var first = Interlocked.CompareExchange(ref _cancelReason, (int)reason, (int)CancelReason.None) == (int)CancelReason.None;

        // Callbacks run on the pool: whoever gives up hundreds of requests at once must not wait for their HTTP calls to be torn down.
        _ = _abandoned?.CancelAsync();
        return first;
    }

    /// <summary>Gives the place in the queue back, once.</summary>
    /// <returns>True for the one caller that has to take it off the queue's count.</returns>
    public bool TryGivePlaceBack() => Interlocked.Exchange(ref _holdsPlace, 0) == 1;

    /// <summary>
    /// Gets the input to hand it over: in an array of its own from here on, which stays as it is whoever drops the request meanwhile.
    /// </summary>
    /// <returns>The input; null once it was dropped.</returns>
    public byte[]? DetachInput()
    {
        var input = Volatile.Read(ref _input);
        if (input is not InputSlab slab)
        {
            return input as byte[];
        }

        // Taken before it is read: whoever drops it at the same time finds nothing, and the slab stays until it was copied.
        if (Interlocked.CompareExchange(ref _input, null, slab) != slab)
        {
            return null;
        }

        var own = slab.Read(_inputStart, Bytes).ToArray();
        InputSlabs.LetGo(slab);
        Volatile.Write(ref _input, own);
        if (State == RequestState.Ended)
        {
            DropInput();
        }

        return own;
    }

    /// <summary>Lets go of the input. Safe to call more than once.</summary>
    public void DropInput()
    {
        if (Interlocked.Exchange(ref _input, null) is InputSlab slab)
        {
            InputSlabs.LetGo(slab);
        }
    }

    private string MakeId()
    {
        var made = RequestId.Make(Session.Time);
        return Interlocked.CompareExchange(ref _id, made, null) ?? made;
    }

    private bool Move(RequestState from, RequestState to) =>
        Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;
}
