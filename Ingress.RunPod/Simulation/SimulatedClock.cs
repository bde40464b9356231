namespace Ingress.RunPod.Simulation;

/// <summary>
/// An endpoint's lock and its agenda in one: everything that happens to the endpoint happens in a <see cref="Turn"/>, in the order of time.
/// </summary>
/// <remarks>
/// While a planned call runs, <see cref="Now"/> is the time it was planned for, and each turn first does what had become due before it.
/// So the
/// outcome does not depend on how late a timer fires, and one long step of a test's clock gives what many short ones give. A single timer
/// serves the whole agenda: thousands of open long-polls cost an entry each, and no CPU.
/// </remarks>
internal sealed class SimulatedClock : IDisposable
{
    private const int CompactFrom = 256;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Action _settle;
    private readonly long _origin;
    private readonly DateTimeOffset _originUtc;
    private readonly ITimer _timer;
    private readonly PriorityQueue<ScheduledCall, (TimeSpan Due, long Order)> _agenda = new();
    private TimeSpan? _armedFor;
    private long _order;
    private int _dead;
    private bool _disposed;

    /// <param name="time">The source of time and of the timer.</param>
    /// <param name="settle">Brings the endpoint into order after each thing that happened; called with the lock held.</param>
    public SimulatedClock(TimeProvider time, Action settle)
    {
        _time = time;
        _settle = settle;
        _origin = time.GetTimestamp();
        _originUtc = time.GetUtcNow();

        // The timer is made inside some request; without this it would carry that request's context, its trace above all, for ever.
        using (ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(
                static clock => ((SimulatedClock)clock!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Gets the time since the clock was made. Lock held.</summary>
    public TimeSpan Now { get; private set; }

    public DateTimeOffset ToUtc(TimeSpan moment) => _originUtc + moment;

    /// <summary>Takes the lock and does what is due. Dispose the turn to settle and to let others in.</summary>
    public Turn Enter()
    {
        _gate.Enter();
        try
        {
            RunDue();
            return new Turn(this);
        }
        catch
        {
            _gate.Exit();
            throw;
        }
    }

    /// <summary>Plans a call. Lock held. Calls of one moment run in the order they were planned.</summary>
    public ScheduledCall After(TimeSpan delay, Action call)
    {
        var scheduled = new ScheduledCall(this, call);
        _agenda.Enqueue(scheduled, (Now + delay, _order++));
        return scheduled;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _agenda.Clear();
            _timer.Dispose();
        }
    }

    internal void CallDied()
    {
        // Cancelled calls stay in the heap until their time comes; a busy endpoint cancels far more than it runs.
        if (++_dead < CompactFrom || _dead * 2 < _agenda.Count)
        {
            return;
        }

        var alive = _agenda.UnorderedItems.Where(static entry => !entry.Element.IsDead).ToArray();
        _agenda.Clear();
        _agenda.EnqueueRange(alive);
        _dead = 0;
    }

    private void Leave()
    {
        try
        {
            _settle();
            RunDue();
            Arm();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Tick()
    {
        using var turn = Enter();
        _armedFor = null;
    }

    private void RunDue()
    {
        var real = _time.GetElapsedTime(_origin);
        while (_agenda.TryPeek(out var next, out var at) && at.Due <= real)
        {
            _agenda.Dequeue();
            if (next.Take() is not { } call)
            {
                _dead--;
                continue;
            }

            Now = at.Due > Now ? at.Due : Now;
            call();
            _settle();
        }

        Now = real > Now ? real : Now;
    }

    private void Arm()
    {
        if (_disposed || !_agenda.TryPeek(out _, out var next) || (_armedFor is { } armed && armed <= next.Due))
        {
            return; // A timer that fires early finds nothing to do and is set again.
        }

        // Whole milliseconds, rounded up: the system's timers cut fractions off and would fire too soon, again and again.
        var delay = Math.Max(1, Math.Ceiling((next.Due - _time.GetElapsedTime(_origin)).TotalMilliseconds));
        _armedFor = next.Due;
        _timer.Change(TimeSpan.FromMilliseconds(delay), Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time in which one caller has the endpoint to itself.</summary>
    internal readonly ref struct Turn(SimulatedClock clock)
    {
        public void Dispose() => clock.Leave();
    }
}
