using Ingress.Api.Hosting;

namespace Ingress.Api.Send;

/// <summary>Sends requests, so many at a time, and follows them to their ends. Used by one task.</summary>
/// <param name="socket">The connection.</param>
/// <param name="view">Shows what happens.</param>
/// <param name="time">The clock.</param>
internal sealed class Sending(SendSocket socket, ISendView view, TimeProvider time)
{
    private const int MostRefusals = 20;
    private static readonly TimeSpan CancelTime = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, SentRequest> _live = new(StringComparer.Ordinal);
    private readonly PriorityQueue<SentRequest, long> _later = new();
    private readonly Queue<SentRequest> _todo = new();
    private bool _interrupted;

    /// <summary>Sends the requests and waits for their ends.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="concurrency">How many may be live; the service's own limit if that is lower.</param>
    /// <param name="interrupt">Cancels what is live and sends nothing more.</param>
    /// <exception cref="SendException">The connection has ended.</exception>
    public async Task RunAsync(IReadOnlyList<SentRequest> requests, int concurrency, CancellationToken interrupt)
    {
        foreach (var request in requests)
        {
            _todo.Enqueue(request);
        }

        var opened = await socket.ReceiveAsync();
        view.Show(null, opened);
        concurrency = (int)Math.Min(concurrency, opened.Body.GetProperty("limits").GetProperty("maxPendingPerConnection").GetInt64());
        var receiving = socket.ReceiveAsync();
        var interrupted = Task.Delay(Timeout.InfiniteTimeSpan, time, interrupt);
        while (true)
        {
            await SendDueAsync(concurrency);
            if (_live.Count == 0 && _later.Count == 0)
            {
                return;
            }

            await Task.WhenAny(receiving, interrupted, UntilNext());
            if (receiving.IsCompleted)
            {
                Handle(await receiving);
                receiving = socket.ReceiveAsync();
            }
            else if (interrupted.IsCompleted)
            {
                await CancelAllAsync();
                interrupted = Task.Delay(CancelTime, time, CancellationToken.None);
            }
        }
    }

    private async Task SendDueAsync(int concurrency)
    {
        var now = time.GetTimestamp();
        while (_live.Count < concurrency)
        {
            var isDue = _later.TryPeek(out var request, out var due) && due <= now;
            if (!(isDue ? _later.TryDequeue(out request, out _) : _todo.TryDequeue(out request)))
            {
                return;
            }

            _live.Add(request!.Id, request); // one of the two has just given it
            await socket.SendAsync(request.Message);
        }
    }

    private Task UntilNext()
    {
        if (!_later.TryPeek(out _, out var due))
        {
            return Task.Delay(Timeout.InfiniteTimeSpan, time);
        }

        var wait = time.GetElapsedTime(time.GetTimestamp(), due);
        return Task.Delay(wait < TimeSpan.Zero ? TimeSpan.Zero : wait, time);
    }

    private void Handle(ReceivedEvent received)
    {
        if (received.Id is null || !_live.TryGetValue(received.Id, out var request))
        {
            view.Show(null, received);
            return;
        }

        request.State = received.Type;
        if (received.Type == "request.completed")
        {
            request.Times = (received.Number("waitedMs") ?? 0, received.Number("firstOutputMs"), received.Number("totalMs") ?? 0);
        }

        if (received.IsEnd)
        {
            _live.Remove(request.Id);
            if (received is { Type: "request.rejected", RetryAfterMs: { } after } && !_interrupted && ++request.Refusals <= MostRefusals)
            {
                request.State = "request";
                _later.Enqueue(request, time.GetTimestamp() + (after * time.TimestampFrequency / 1000));
                return;
            }
        }

        view.Show(request, received);
    }

    private async Task CancelAllAsync()
    {
        if (_interrupted)
        {
            throw new SendException(ExitCode.Interrupted, "The service did not confirm in time that everything is cancelled.");
        }

        _interrupted = true;
        _todo.Clear();
        _later.Clear();
        foreach (var id in _live.Keys.ToArray())
        {
            await socket.CancelAsync(id);
        }
    }
}
