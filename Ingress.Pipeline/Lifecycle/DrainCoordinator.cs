using System.Net.WebSockets;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Lifecycle;

/// <summary>
/// Ends the service's work in order: refuse, warn, let finish, cancel what is left, close, and wait until the backend knows. Thread-safe.
/// </summary>
public sealed partial class DrainCoordinator
{
    /// <summary>How long the clients' close handshakes may take after the drain.</summary>
    public static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(6);

    /// <summary>How long the backend's confirmations of cancels may take after that; the jobs' own time limits end the rest.</summary>
    public static readonly TimeSpan CancelTime = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    private readonly DrainState _state;
    private readonly LaneCatalog _lanes;
    private readonly SessionRegistry _sessions;
    private readonly ConnectionHandler _connections;
    private readonly RequestEnding _ending;
    private readonly RequestRunner _runner;
    private readonly ShutdownOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _hurry = new();
    private readonly Lock _gate = new();
    private Task? _drained;

    internal DrainCoordinator(
        DrainState state,
        LaneCatalog lanes,
        SessionRegistry sessions,
        ConnectionHandler connections,
        RequestEnding ending,
        RequestRunner runner,
        IOptions<ShutdownOptions> options,
        TimeProvider time,
        ILogger<DrainCoordinator> logger)
    {
        _state = state;
        _lanes = lanes;
        _sessions = sessions;
        _connections = connections;
        _ending = ending;
        _runner = runner;
        _options = options.Value;
        _time = time;
        _logger = logger;
    }

    /// <summary>Stops waiting for what runs: what is left is cancelled now.</summary>
    public void Hurry() => _hurry.Cancel();

    /// <summary>Drains; a second call waits for the first. Never faults.</summary>
    /// <returns>A task that ends when nothing is left, or the time for it is over.</returns>
    public Task DrainAsync()
    {
        lock (_gate)
        {
            return _drained ??= RunAsync();
        }
    }

    private async Task RunAsync()
    {
        LogBegun(_lanes.All.Sum(static lane => lane.Queue.Length), _runner.Running, _options.DrainTimeout);
        _state.Begin();
        foreach (var connection in _connections.Connections)
        {
            connection.Session.Append(new SessionClosing("shutdown", RetryAfter.Draining()));
            connection.Flush();
        }

        await WaitAsync(() => _sessions.All.All(static session => session.Pending == 0), _options.DrainTimeout, _hurry.Token);
        var left = CancelRest();
        await WaitAsync(() => _sessions.All.All(static session => session.Pending == 0), CloseTime, CancellationToken.None);
        foreach (var connection in _connections.Connections)
        {
            connection.Close(WebSocketCloseStatus.EndpointUnavailable, "the service is stopping", SessionEnd.Shutdown);
        }

        foreach (var session in _sessions.All)
        {
            _sessions.End(session, SessionEnd.Shutdown, keepUnsent: true);
        }

        await WaitAsync(() => _connections.Active == 0, CloseTime, CancellationToken.None);
        await WaitAsync(() => _runner.Running == 0, CancelTime, CancellationToken.None);
        LogEnded(left, _runner.Running);
    }

    private int CancelRest()
    {
        var left = 0;
        foreach (var session in _sessions.All)
        {
            foreach (var request in session.Live())
            {
                left++;
                _ending.Withdraw(request, CancelReason.Shutdown);
            }
        }

        return left;
    }

    // Looked at, not signalled: this happens once in a life, and what it waits for is the sum of many parts.
    private async Task WaitAsync(Func<bool> done, TimeSpan limit, CancellationToken giveUp)
    {
        var began = _time.GetTimestamp();
        while (!done() && !giveUp.IsCancellationRequested && _time.GetElapsedTime(began) < limit)
        {
            await Task.Delay(LookInterval, _time, giveUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Information,
        "Draining: {Queued} requests wait, {Running} run; they have {DrainTimeout} to end.",
        EventName = "DrainBegun")]
    private partial void LogBegun(int queued, int running, TimeSpan drainTimeout);

    [LoggerMessage(
        2,
        LogLevel.Information,
        "Drained: {Cancelled} requests had to be cancelled, {Unconfirmed} jobs are left to their time limits.",
        EventName = "DrainEnded")]
    private partial void LogEnded(int cancelled, int unconfirmed);
}
