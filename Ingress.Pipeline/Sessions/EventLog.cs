using Ingress.Pipeline.Protocol;

namespace Ingress.Pipeline.Sessions;

/// <summary>
/// A session's messages in order: first those that were sent and are kept to be sent again after a resume, then those still to be sent.
/// Not thread-safe: its session's lock guards it. A field, never copied.
/// </summary>
/// <param name="keepSent">Whether sent messages are kept at all.</param>
internal struct EventLog(bool keepSent)
{
    /// <summary>What a message takes besides its bytes: its array's head, its place in the ring, and the ring's free places.</summary>
    private const int FrameOverhead = 64;

    private OutboundFrame[] _ring = [];
    private int _head;
    private int _count;
    private int _sent;
    private int _acknowledgements;
    private bool _keepSent = keepSent;

    /// <summary>Gets the bytes that wait to be sent for the first time.</summary>
    public long UnsentBytes { get; private set; }

    /// <summary>Gets the bytes that were sent and are kept, whether or not they are to be sent again.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>Gets the memory that all of it takes, roughly.</summary>
    public readonly long HeldBytes => UnsentBytes + KeptBytes + ((long)_count * FrameOverhead);

    /// <summary>Gets the size of the largest message since the log was last empty.</summary>
    public int Largest { get; private set; }

    /// <summary>Gets the number of the first event that can still be sent again, or one after the last when none is kept.</summary>
    public long FirstKept { get; private set; } = 1;

    /// <summary>Gets the number of the last event made.</summary>
    public long LastSeq { get; private set; }

    /// <summary>Gets the number of the last event sent.</summary>
    public long LastSent { get; private set; }

    /// <summary>Gets whether anything waits to be sent.</summary>
    public readonly bool HasUnsent => _sent < _count || _acknowledgements > 0;

    /// <summary>Gives out the next event number.</summary>
    /// <returns>1, 2, 3 …</returns>
    public long NextSeq() => ++LastSeq;

    /// <summary>Adds a message at the end.</summary>
    /// <param name="frame">The message.</param>
    public void Append(in OutboundFrame frame)
    {
        UnsentBytes += frame.Data.Length;
        Largest = Math.Max(Largest, frame.Data.Length);
        while (_acknowledgements > 0)
        {
            // They come before it.
            _acknowledgements--;
            Add(new OutboundFrame(PlainProtocol.Acknowledgement, 0));
        }

        Add(frame);
    }

    /// <summary>
    /// Adds an acknowledgement of the plain protocol at the end. They are all alike, so that it is enough to count them as long as
    /// nothing else follows.
    /// </summary>
    public void AppendAcknowledgement()
    {
        _acknowledgements++;
        UnsentBytes += PlainProtocol.Acknowledgement.Length;
    }

    private void Add(in OutboundFrame frame)
    {
        if (_count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + _count) & (_ring.Length - 1)] = frame;
        _count++;
    }

    /// <summary>Takes the next message to be sent; it counts as sent from here on.</summary>
    /// <param name="now">The timestamp now.</param>
    /// <param name="frame">The message.</param>
    /// <returns>False when all were sent.</returns>
    public bool TryTake(long now, out OutboundFrame frame)
    {
        if (_sent == _count)
        {
            return TryTakeAcknowledgement(out frame);
        }

        ref var next = ref _ring[(_head + _sent) & (_ring.Length - 1)];
        frame = next = next with { SentAt = now };
        _sent++;
        if (frame.Seq == 0 || frame.Seq > LastSent)
        {
            LastSent = Math.Max(LastSent, frame.Seq);
            UnsentBytes -= frame.Data.Length;
            KeptBytes += frame.Data.Length;
        }

        if (!_keepSent)
        {
            DropOldest();
        }

        return true;
    }

    /// <summary>Drops kept messages, oldest first, until no more than so many bytes are kept.</summary>
    /// <param name="maxBytes">The most bytes to keep.</param>
    public void TrimToSize(long maxBytes)
    {
        while (_sent > 0 && KeptBytes > maxBytes)
        {
            DropOldest();
        }
    }

    /// <summary>Drops kept messages that were sent before a moment.</summary>
    /// <param name="timestamp">The moment.</param>
    public void TrimOlderThan(long timestamp)
    {
        while (_sent > 0 && _ring[_head].SentAt < timestamp)
        {
            DropOldest();
        }
    }

    /// <summary>Drops what was sent, now and in future: nobody will ask for it again.</summary>
    public void StopKeeping()
    {
        _keepSent = false;
        while (_sent > 0)
        {
            DropOldest();
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        _ring = [];
        _head = _count = _sent = _acknowledgements = Largest = 0;
        UnsentBytes = KeptBytes = 0;
        FirstKept = LastSeq + 1;
    }

    /// <summary>Makes everything after an event unsent again. Only where sent messages are kept.</summary>
    /// <param name="lastSeq">The last event that the client has seen.</param>
    /// <returns>How many events were sent before and follow again; -1 when one of them is no longer kept, or that event was never sent.</returns>
    public int Rewind(long lastSeq)
    {
        if (lastSeq < FirstKept - 1 || lastSeq > LastSent)
        {
            return -1;
        }

        // Every message is an event here, so that the numbers have no gap. This may also lead forward, over what an earlier call made
        // unsent and the client has received after all.
        _sent = (int)(lastSeq - FirstKept + 1);
        return (int)(LastSent - lastSeq);
    }

    private bool TryTakeAcknowledgement(out OutboundFrame frame)
    {
        if (_acknowledgements == 0)
        {
            frame = default;
            return false;
        }

        _acknowledgements--;
        frame = new OutboundFrame(PlainProtocol.Acknowledgement, 0);
        UnsentBytes -= frame.Data.Length;
        return true;
    }

    private void DropOldest()
    {
        ref var oldest = ref _ring[_head];
        KeptBytes -= oldest.Data.Length;
        if (oldest.Seq > 0)
        {
            FirstKept = oldest.Seq + 1;
        }

        oldest = default;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        _sent--;
        if (_count == 0)
        {
            // An idle session keeps no array.
            _ring = [];
            _head = Largest = 0;
        }
    }

    private void Grow()
    {
        var larger = new OutboundFrame[Math.Max(4, _ring.Length * 2)];
        for (var i = 0; i < _count; i++)
        {
            larger[i] = _ring[(_head + i) & (_ring.Length - 1)];
        }

        _ring = larger;
        _head = 0;
    }
}
