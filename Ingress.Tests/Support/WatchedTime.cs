using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Support;

/// <summary>A clock that a test moves; it knows how many timers are set, and tells when one is about to be stopped.</summary>
internal sealed class WatchedTime : FakeTimeProvider
{
    private readonly List<WatchedTimer> _timers = [];

    /// <summary>Gets how many timers are going to fire.</summary>
    public int TimersSet => _timers.Count(static timer => timer.IsSet);

    public Action? Stopping { get; set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this);
        _timers.Add(timer);
        timer.Start(base.CreateTimer(timer.Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan), () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }
}
