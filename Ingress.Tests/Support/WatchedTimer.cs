namespace Ingress.Tests.Support;

/// <summary>A timer of a <see cref="WatchedTime"/>.</summary>
internal sealed class WatchedTimer(WatchedTime time) : ITimer
{
    private ITimer _timer = null!;
    private Action _callback = null!;
    private bool _isPeriodic;

    public bool IsSet { get; private set; }

    public void Start(ITimer timer, Action callback)
    {
        _timer = timer;
        _callback = callback;
    }

    public void Fire(object? state)
    {
        IsSet = _isPeriodic;
        _callback();
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (IsSet && dueTime == Timeout.InfiniteTimeSpan)
        {
            time.Stopping?.Invoke();
        }

        IsSet = dueTime != Timeout.InfiniteTimeSpan;
        _isPeriodic = period != Timeout.InfiniteTimeSpan;
        return _timer.Change(dueTime, period);
    }

    public void Dispose()
    {
        IsSet = false;
        _timer.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        IsSet = false;
        return _timer.DisposeAsync();
    }
}
