using System.Net.WebSockets;
using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>A client that comes, sends, cancels, breaks, resumes and vanishes as its dice say, again and again.</summary>
internal sealed class ChaosClient(Uri address, int number, int seed, ChaosTally tally, ChaosOrphans orphans)
{
    /// <summary>How long the service waits for a client whose connection broke.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(100);

    private readonly FuzzRandom _random = new(((ulong)seed << 20) + (ulong)number + 1);
    private int _requests;
    private int _lives;
    private string _owner = "nobody";
    private string _waitsFor = "nothing";

    /// <summary>Lives until the time is over, then ends what it is at.</summary>
    public async Task RunAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                _owner = $"{number}/{++_lives}";
                await (_random.Next(5) == 0 ? LivePlainAsync() : LiveAsync(over));
            }
            catch (Exception e) when (e is WebSocketException or InvalidOperationException or IOException)
            {
                tally.Wrong($"{_waitsFor}: {e.Message}");
            }
            catch (OperationCanceledException)
            {
                tally.Wrong($"waited {LongestWait} for {_waitsFor}");
            }
        }
    }

    private static CancellationTokenSource Limit() => new(LongestWait);

    // The original protocol: whatever breaks ends all that it had.
    private async Task LivePlainAsync()
    {
        using var limit = Limit();
        _waitsFor = "a plain conversation";
        await using var client = await TestClient.ConnectAsync(address, limit.Token, subprotocol: null);
        await client.SendAsync(Input(), limit.Token);
        (await client.ReceiveTextAsync(limit.Token)).Should().Be(TestClient.Acknowledgement);
        tally.Count("plain");
        await PauseAsync(300);
        if (_random.Next(2) == 0)
        {
            client.Abort();
        }
        else
        {
            await client.CloseAsync(limit.Token);
        }

        orphans.Left(_owner, TimeSpan.Zero);
    }

    private async Task LiveAsync(CancellationToken over)
    {
        using var limit = Limit();
        _waitsFor = "a session";
        var client = await TestClient.ConnectAsync(address, limit.Token);
        var session = new ChaosSession(tally, await client.ReceiveEventAsync("session.opened", limit.Token));
        var listening = ListenAsync(client, session);
        tally.Count("sessions");
        try
        {
            for (var steps = 1 + _random.Next(12); steps > 0 && !over.IsCancellationRequested; steps--)
            {
                if (_random.Next(6) == 0)
                {
                    (client, listening) = await BreakAndResumeAsync(client, session, listening, limit.Token);
                    if (client.Socket.State != WebSocketState.Open)
                    {
                        return;
                    }
                }
                else
                {
                    await StepAsync(client, session, limit.Token);
                }
            }

            await LeaveAsync(client, session, listening, limit.Token);
        }
        finally
        {
            await client.DisposeAsync();
            orphans.Left(_owner, Grace);
            await listening;
        }
    }

    private async Task StepAsync(TestClient client, ChaosSession session, CancellationToken cancellationToken)
    {
        _waitsFor = "a step";
        switch (_random.Next(8))
        {
            case 0 when session.AnyLive() is { } live:
                tally.Count("cancels");
                await client.SendAsync($$"""{"type":"cancel","id":"{{live}}"}""", cancellationToken);
                break;
            case 1:
                await client.SendAsync(_random.Next(2) == 0 ? "{nonsense" : """{"type":"ping"}""", cancellationToken);
                break;
            case 2 or 3 or 4 or 5:
                tally.Count("sent");
                await client.SendAsync($$"""{"type":"request","id":"r{{++_requests}}","maxWaitMs":5000,"input":{{Input()}}}""", cancellationToken);
                break;
            default:
                await PauseAsync(400);
                break;
        }
    }

    private async Task LeaveAsync(TestClient client, ChaosSession session, Task listening, CancellationToken cancellationToken)
    {
        switch (_random.Next(5))
        {
            case 0:
                tally.Count("vanished");
                client.Abort();
                break;
            case 1:
                // A hang-up behind a close may overtake it: then this is a break.
                tally.Count("closed and hung up");
                await CloseOutputAsync(client, cancellationToken);
                break;
            case 2:
                tally.Count("left early");
                await CloseAsync(client, listening, cancellationToken);
                break;
            default:
                _waitsFor = "the ends of its requests";
                await session.WaitForEndsAsync(cancellationToken);
                tally.Count("stayed to the end");
                await CloseAsync(client, listening, cancellationToken);
                break;
        }
    }

    private static Task CloseOutputAsync(TestClient client, CancellationToken cancellationToken) =>
        client.Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);

    private async Task CloseAsync(TestClient client, Task listening, CancellationToken cancellationToken)
    {
        _waitsFor = "the answer to its close";
        await CloseOutputAsync(client, cancellationToken);
        await listening.WaitAsync(cancellationToken);
        orphans.Left(_owner, TimeSpan.Zero);
    }

    private async Task<(TestClient Client, Task Listening)> BreakAndResumeAsync(
        TestClient client, ChaosSession session, Task listening, CancellationToken cancellationToken)
    {
        tally.Count("breaks");
        _waitsFor = "a resume";
        client.Abort();
        orphans.Left(_owner, Grace);
        await listening;
        await client.DisposeAsync();
        await PauseAsync(_random.Next(10) == 0 ? 4000 : 300);
        var next = await TestClient.ConnectAsync(address, cancellationToken);
        await next.ReceiveEventAsync("session.opened", cancellationToken);
        await next.SendAsync(
            $$"""{"type":"resume","sessionId":"{{session.Id}}","resumeToken":"{{session.Token}}","lastSeq":{{session.LastSeq}}}""", cancellationToken);
        var answer = await next.ReceiveEventAsync(cancellationToken);
        if (answer.GetProperty("type").GetString() == "session.resumed")
        {
            tally.Count("resumes");
            orphans.Back(_owner);
            return (next, ListenAsync(next, session));
        }

        tally.Count("came too late");
        next.Abort();
        return (next, Task.CompletedTask);
    }

    private static async Task ListenAsync(TestClient client, ChaosSession session)
    {
        try
        {
            while (await client.ReceiveTextAsync(CancellationToken.None) is { } text)
            {
                using var document = JsonDocument.Parse(text);
                session.Heard(document.RootElement);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Broken, by the client itself.
        }
    }

    // Short ones, streams, and some that last until somebody or a time limit ends them.
    private string Input()
    {
        var work = _random.Next(10) switch
        {
            0 => """ "simulate":{"chunks":1,"delayMs":600000} """,
            1 => """ "simulate":{"handler":"plain","durationMs":50,"output":{"ok":true}} """,
            2 => """ "simulate":{"chunks":3,"error":"it broke"} """,
            3 => """ "simulate":{"chunks":4,"chunkDelayMs":30,"crash":1} """,
            4 or 5 => """ "simulate":{"chunks":20,"chunkDelayMs":20} """,
            _ => """ "prompt":"one two three" """,
        };
        return $$"""{"owner":"{{_owner}}",{{work}}}""";
    }

    private Task PauseAsync(int most) => Task.Delay(_random.Next(most), CancellationToken.None);
}
