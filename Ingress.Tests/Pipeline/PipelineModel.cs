using System.Text.Json;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Tests.Support;

namespace Ingress.Tests.Pipeline;

/// <summary>
/// Plays one random history against the pipeline and checks, after each step, what must hold whatever happens.
/// </summary>
internal sealed class PipelineModel : IAsyncDisposable
{
    public const int Capacity = 6;
    public const int MaxPending = 4;
    public const int MaxBytes = 60;

    private static readonly string[] Ends = ["request.completed", "request.failed", "request.cancelled"];

    private readonly PipelineHarness _harness = new(
        new()
        {
            ["Queue:Capacity"] = Capacity.ToString(),
            ["Queue:MaxBytes"] = MaxBytes.ToString(),
            ["Queue:MaxPendingPerConnection"] = MaxPending.ToString(),
            ["Queue:MaxPendingPerPrincipal"] = "7",
            ["Queue:MaxWait"] = "00:00:10",
            ["Session:ResumeGrace"] = "00:00:05",
            ["WebSocket:MaxOutboundBytes"] = "3000",
        },
        "default",
        "large");

    private readonly List<string> _acknowledged = [];
    private readonly HashSet<string> _notTaken = [];
    private int _nextRequest;
    private int _nextJob;

    public async Task StepAsync(ModelStep step, CancellationToken cancellationToken)
    {
        Act(step);
        if (step.Kind != ModelStepKind.Send && step.B % 3 == 0)
        {
            // The next step comes while this one is under way. Requests are let arrive, since their order is checked.
            return;
        }

        await _harness.SettleAsync(cancellationToken);
        Check();
    }

    /// <summary>Ends everything and checks that nothing is left.</summary>
    public async Task RestAsync(CancellationToken cancellationToken)
    {
        _harness.Operations.SetPaused(null, false);
        foreach (var client in _harness.Clients)
        {
            client.Socket.Release();
            client.Socket.ClientCloses();
        }

        await _harness.SettleAsync(cancellationToken);
        _harness.Advance(TimeSpan.FromMinutes(1));
        await EndAllJobsAsync(cancellationToken);
        Check();
        foreach (var lane in _harness.Lanes.All)
        {
            (lane.Queue.Length, lane.Queue.Bytes, lane.Queue.InHand).Should().Be((0, 0L, 0));
        }

        _harness.Runner.Running.Should().Be(0);
        _harness.Sessions.All.Should().BeEmpty();
        _harness.Handler.Active.Should().Be(0);
        _harness.Backends.Should().OnlyContain(static backend => backend.Held == 0);
        var totals = _harness.Totals;
        totals.Received.Should().Be(totals.Queued + totals.Rejected);
        totals.Queued.Should().Be(totals.Completed + totals.Failed + totals.Cancelled + totals.Expired + totals.Skipped);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    private void Act(ModelStep step)
    {
        switch (step.Kind)
        {
            case ModelStepKind.Connect:
                _harness.Connect(step.A % 4 == 0 ? WireProtocol.Plain : WireProtocol.V1);
                break;
            case ModelStepKind.Send:
                Send(step);
                break;
            case ModelStepKind.Cancel:
                Pick(Open(WireProtocol.V1), step.A)?.Cancel(Pick(_acknowledged, step.B) ?? "none");
                break;
            case ModelStepKind.Close:
                Pick(Open(null), step.A)?.Socket.ClientCloses();
                break;
            case ModelStepKind.Break:
                Pick(Open(null), step.A)?.Socket.Breaks();
                break;
            case ModelStepKind.Resume:
                Resume(step);
                break;
            case ModelStepKind.Offer:
                _harness.Backends[step.B % 4 == 1 ? 1 : 0].Offer(1 + (step.A % 2));
                break;
            case ModelStepKind.Pause:
                _harness.Operations.SetPaused(step.B % 2 == 0 ? null : "default", step.A % 3 == 0);
                break;
            case ModelStepKind.Operate:
                if (Pick([.. _harness.Operations.Requests(20)], step.A) is { } found)
                {
                    _harness.Operations.Cancel(found.SessionId, found.Id);
                }

                break;
            case ModelStepKind.Hold:
                Pick(Open(null), step.A)?.Socket.Hold();
                break;
            case ModelStepKind.Release:
                Pick([.. _harness.Clients.Where(static client => client.Socket.IsHeld)], step.A)?.Socket.Release();
                break;
            case ModelStepKind.Answer:
                Answer(step);
                break;
            case ModelStepKind.Yield:
                Pick(Running(), step.A)?.Yield($"\"{step.B}\"");
                break;
            case ModelStepKind.End:
                Pick(Running(), step.A)?.End((JobEndState)(step.B % 5));
                break;
            default:
                _harness.Advance(TimeSpan.FromSeconds(1 + (step.A % 4)));
                break;
        }
    }

    private void Send(ModelStep step)
    {
        if (Pick(Open(null), step.A) is not { } client)
        {
            return;
        }

        // The id is in the input too, so that the backend's side can be compared with the clients'.
        var id = $"r{_nextRequest++}";
        var filler = new string('x', step.B % 8);
        client.Socket.ClientSends(step.B % 11 == 0
            ? $$$"""{"type":"request","id":"{{{Pick(_acknowledged, step.B) ?? id}}}","input":{}}"""
            : $$$"""{"type":"request","id":"{{{id}}}","input":{"id":"{{{id}}}","x":"{{{filler}}}"}{{{(step.B % 5 == 1 ? ",\"endpoint\":\"large\"" : "")}}}}""");
    }

    private void Resume(ModelStep step)
    {
        var broken = _harness.Clients.Where(static client => client.Protocol == WireProtocol.V1 && client.Events.Count > 0).ToList();
        if (Pick(broken, step.A) is not { } old)
        {
            return;
        }

        var opened = old.Events[0];
        var fresh = _harness.Connect();
        var seen = old.Events.Skip(1).LastOrDefault(opened).GetProperty("seq").GetInt64();
        fresh.Socket.ClientSends($$"""
            {"type":"resume","sessionId":"{{opened.GetProperty("sessionId").GetString()}}",
             "resumeToken":"{{opened.GetProperty("resumeToken").GetString()}}","lastSeq":{{Math.Max(0, seen - (step.B % 3))}}}
            """);
    }

    private void Answer(ModelStep step)
    {
        if (Pick(Jobs().Where(static job => !job.IsAnswered).ToList(), step.A) is not { } job)
        {
            return;
        }

        var outcome = step.B % 4 == 0 ? (SubmitOutcome)(step.A % 4) : SubmitOutcome.Accepted;
        if (outcome == SubmitOutcome.Accepted)
        {
            job.Accept($"job-{_nextJob++}");
            return;
        }

        if (outcome == SubmitOutcome.NotTaken)
        {
            _notTaken.Add(job.Input);
        }

        job.Answer(outcome);
    }

    private void Check()
    {
        _harness.Audit.Count().Should().Be(0, "what is held equals what is owned");
        foreach (var lane in _harness.Lanes.All)
        {
            lane.Queue.Length.Should().BeInRange(0, Capacity);
            lane.Queue.Bytes.Should().BeInRange(0, MaxBytes);
        }

        _harness.Logs.GetSnapshot().Should().NotContain(static log => log.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
        foreach (var session in _harness.Sessions.All)
        {
            session.Pending.Should().BeLessThanOrEqualTo(MaxPending);
        }

        foreach (var client in _harness.Clients.Where(static client => client.Protocol == WireProtocol.V1))
        {
            CheckClient(client);
        }

        foreach (var backend in _harness.Backends)
        {
            CheckBackend(backend);
        }
    }

    private void CheckClient(HarnessClient client)
    {
        // A connection carries its own session's greeting and, after a resume, the other session's events from lastSeq on.
        var events = client.Events;
        var resumed = events.ToList().FindIndex(static each => TypeOf(each) == "session.resumed");
        var own = resumed < 0 ? events : events.Skip(resumed).ToList();
        var numbers = own.Select(static each => each.GetProperty("seq").GetInt64()).ToList();
        numbers.Should().Equal(Enumerable.Range(0, numbers.Count).Select(i => numbers[0] + i), "seq has no gap");
        foreach (var each in own)
        {
            if (TypeOf(each) == "request.queued" && each.GetProperty("id").GetString() is { } id && !_acknowledged.Contains(id))
            {
                _acknowledged.Add(id);
            }
        }

        foreach (var group in own.Where(static each => each.TryGetProperty("id", out _)).GroupBy(static each => each.GetProperty("id").GetString()))
        {
            CheckLives(group, resumed >= 0);
        }
    }

    /// <summary>
    /// An id may be used again once its request has ended, so that queueing and ending take turns. On a connection that resumes a
    /// session the first life may have been queued on the connection before.
    /// </summary>
    private static void CheckLives(IGrouping<string?, JsonElement> group, bool resumes)
    {
        var turns = group.Select(TypeOf).Where(static type => type == "request.queued" || Ends.Contains(type)).ToList();
        for (var i = 0; i < turns.Count; i++)
        {
            var ends = turns[i] != "request.queued";
            var lives = i == 0 ? resumes && ends : turns[i - 1] == "request.queued";
            lives.Should().Be(ends, "request {0} is queued, ends once, and only then is queued again: {1}", group.Key, string.Join(", ", turns));
        }
    }

    private void CheckBackend(FakeBackend backend)
    {
        var jobs = backend.Jobs.Where(static job => job.Input.Length > 2).ToList();
        foreach (var group in jobs.GroupBy(static job => job.Input))
        {
            group.Count(static job => job.Outcome != SubmitOutcome.NotTaken).Should().BeLessThanOrEqualTo(1, "a request is run once");
        }

        // First hand-overs happen in the order of arrival: ids are numbered as they were sent.
        var first = jobs.Where(job => !_notTaken.Contains(job.Input)).Select(static job => NumberOf(job.Input)).ToList();
        first.Should().BeInAscendingOrder("first in, first out");
    }

    private async Task EndAllJobsAsync(CancellationToken cancellationToken)
    {
        foreach (var job in Jobs())
        {
            if (!job.IsAnswered)
            {
                job.Accept($"job-{_nextJob++}");
            }
        }

        await _harness.SettleAsync(cancellationToken);
        foreach (var job in Jobs().Where(static job => job.Outcome == SubmitOutcome.Accepted))
        {
            job.End(JobEndState.Cancelled);
        }

        await _harness.SettleAsync(cancellationToken);
    }

    private List<HarnessClient> Open(WireProtocol? protocol) =>
        [.. _harness.Clients.Where(client => !client.Served.IsCompleted && (protocol is null || client.Protocol == protocol))];

    private IEnumerable<FakeJob> Jobs() => _harness.Backends.SelectMany(static backend => backend.Jobs);

    private List<FakeJob> Running() =>
        [.. Jobs().Where(static job => job is { IsFollowed: true, IsEnded: false })];

    private static T? Pick<T>(List<T> list, int index)
        where T : class => list.Count == 0 ? null : list[index % list.Count];

    private static string TypeOf(JsonElement element) => element.GetProperty("type").GetString()!;

    private static int NumberOf(string input)
    {
        using var json = JsonDocument.Parse(input);
        var inner = json.RootElement.TryGetProperty("input", out var nested) ? nested : json.RootElement;
        return int.Parse(inner.GetProperty("id").GetString()![1..]);
    }
}
