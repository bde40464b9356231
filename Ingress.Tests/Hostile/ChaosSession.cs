using System.Text.Json;

namespace Ingress.Tests.Hostile;

/// <summary>
/// What a client knows of its session, over all its connections, and whether it may be so: event numbers without gap or repeat, and for
/// each acknowledged request exactly one end. Thread-safe.
/// </summary>
internal sealed class ChaosSession(ChaosTally tally, JsonElement opened)
{
    private static readonly string[] Ends = ["request.completed", "request.failed", "request.cancelled"];

    private readonly Lock _gate = new();
    private readonly HashSet<string> _live = [];
    private readonly HashSet<string> _ended = [];
    private TaskCompletionSource? _idle;

    public string Id { get; } = opened.GetProperty("sessionId").GetString()!;

    public string Token { get; } = opened.GetProperty("resumeToken").GetString()!;

    public long LastSeq { get; private set; } = opened.GetProperty("seq").GetInt64();

    /// <summary>Gives a request that is acknowledged and has not ended; null where there is none.</summary>
    public string? AnyLive()
    {
        lock (_gate)
        {
            return _live.FirstOrDefault();
        }
    }

    /// <summary>Waits until each acknowledged request has ended.</summary>
    public async Task WaitForEndsAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource idle;
        lock (_gate)
        {
            if (_live.Count == 0)
            {
                return;
            }

            idle = _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await idle.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes note of an event.</summary>
    public void Heard(JsonElement received)
    {
        var type = received.GetProperty("type").GetString()!;
        lock (_gate)
        {
            var seq = received.GetProperty("seq").GetInt64();
            if (seq != LastSeq + 1)
            {
                tally.Wrong($"{type} has number {seq} after {LastSeq}");
            }

            LastSeq = seq;
            tally.Count(type);
            if (received.TryGetProperty("id", out var id))
            {
                HeardOf(id.GetString()!, type);
            }
        }
    }

    private void HeardOf(string id, string type)
    {
        if (type == "request.queued" && !_live.Add(id))
        {
            tally.Wrong($"{id} was acknowledged twice");
        }
        else if (Ends.Contains(type))
        {
            if (!_live.Remove(id) || !_ended.Add(id))
            {
                tally.Wrong($"{id} ended without being live: {type}");
            }
        }
        else if (type is "request.output" or "request.started" or "request.dispatched" && !_live.Contains(id))
        {
            tally.Wrong($"{type} of {id}, which is not live");
        }

        if (_live.Count == 0)
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }
}
