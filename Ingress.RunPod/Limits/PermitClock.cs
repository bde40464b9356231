namespace Ingress.RunPod.Limits;

/// <summary>
/// Moves windows of permits on by the service's clock. It stands still while all permits are there and nobody waits for one, so that an
/// endpoint at rest wakes no thread. Thread-safe.
/// </summary>
internal sealed class PermitClock : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PermitWindow[] _windows;
    private readonly TimeSpan _period;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _takers;
    private volatile bool _isRunning;
    private bool _isDisposed;

    /// <summary>Initializes a new instance that stands still.</summary>
    /// <param name="windows">What it moves on; somebody else disposes of them.</param>
    /// <param name="period">The time from one look at the windows to the next.</param>
    /// <param name="time">The clock.</param>
    public PermitClock(PermitWindow[] windows, TimeSpan period, TimeProvider time)
    {
        _windows = windows;
        _period = period;
        _time = time;
        _timer = time.CreateTimer(static state => ((PermitClock)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Says that permits are about to be taken: it does not stop before <see cref="EndTaking"/>.</summary>
    public void BeginTaking() => Interlocked.Increment(ref _takers);

    /// <summary>Runs from now on. Called once permits were taken: time that was counted before would bring them back too early.</summary>
    public void Run()
    {
        if (_isRunning)
        {
            return;
        }

        lock (_gate)
        {
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
            var now = _time.GetTimestamp();
            Array.ForEach(_windows, window => window.Begin(now));
            _timer.Change(_period, _period);
        }
    }

    /// <summary>Says that the permits were taken, or will not be.</summary>
    public void EndTaking() => Interlocked.Decrement(ref _takers);

    /// <summary>Stops for good. The windows may be disposed of afterwards.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer.Dispose();
        }
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            var now = _time.GetTimestamp();
            Array.ForEach(_windows, window => window.Step(now, _time));

            // Said before it is looked at: who takes a permit at the same time either is seen here or sees that it has to run again.
            _isRunning = false;
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _takers) > 0 || !Array.TrueForAll(_windows, static window => window.IsFull))
            {
                _isRunning = true;
                return;
            }

            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
