using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Ingress.Tests.Support;

namespace Ingress.Tests.Hostile;

/// <summary>The service as a process of its own, killed or asked to stop while clients are at it; the simulator is a second one.</summary>
[NonParallelizable]
public sealed class KilledProcessTests
{
    private const int Clients = 40;
    private const string LastsForEver = """{"type":"request","input":{"simulate":{"chunks":1,"delayMs":600000}}}""";
    private const string Short = """{"type":"request","input":{"simulate":{"chunks":5,"chunkDelayMs":100}}}""";

    private static readonly string[] SimulatorArguments =
    [
        "simulator", "--urls=http://127.0.0.1:0", "--Simulator:MaxWorkers=8", "--Simulator:InitialIdleWorkers=8", "--Simulator:ColdStart=00:00:00",
        "--Simulator:HealthLag=00:00:00", "--Simulator:QueueDelay=00:00:00.1",
    ];

    [Test]
    [CancelAfter(120_000)]
    public async Task Kill9_UnderLoad_ClientsLearnAtOnceOrphansEndAndARestartServes(CancellationToken cancellationToken)
    {
        await using var simulator = ServiceProcess.Start(SimulatorArguments);
        var control = new HttpClient { BaseAddress = await simulator.WaitForAddressAsync(cancellationToken) };
        await using var service = StartService(control.BaseAddress!, 0, "--RunPod:ExecutionTimeout=00:00:05", "--RunPod:JobTtl=00:00:12");
        var door = await service.WaitForAddressAsync(cancellationToken);
        var clients = await ConnectAllAsync(door, LastsForEver, cancellationToken);
        await control.PollJsonAsync("/_control/jobs", static jobs => Count(jobs, "IN_PROGRESS") > 0, cancellationToken);

        var killedAt = TimeProvider.System.GetTimestamp();
        await service.SignalAsync("KILL", cancellationToken);
        await Task.WhenAll(clients.Select(client => WaitForEndAsync(client, cancellationToken)));
        var learnt = TimeProvider.System.GetElapsedTime(killedAt);

        var startedAt = TimeProvider.System.GetTimestamp();
        await using var next = StartService(control.BaseAddress!, door.Port);
        await next.WaitForAddressAsync(cancellationToken);
        using var http = new HttpClient { BaseAddress = door };
        (await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken)).StatusCode.Should().Be(HttpStatusCode.OK);
        var restarted = TimeProvider.System.GetElapsedTime(startedAt);

        await control.PollJsonAsync("/_control/jobs", static jobs => Count(jobs, "IN_PROGRESS") + Count(jobs, "IN_QUEUE") == 0, cancellationToken);
        var orphans = TimeProvider.System.GetElapsedTime(killedAt);
        (await CompleteOneAsync(door, cancellationToken)).Should().BeTrue("the restarted service works");
        TestContext.Out.WriteLine(
            $"{Clients} clients learnt of it in {learnt.TotalMilliseconds:F0} ms, restart in {restarted.TotalMilliseconds:F0} ms, " +
            $"last orphan gone after {orphans.TotalSeconds:F1} s");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Sigterm_UnderLoad_RefusesFinishesClosesAndExitsWithZero(CancellationToken cancellationToken)
    {
        await using var simulator = ServiceProcess.Start(SimulatorArguments);
        var address = await simulator.WaitForAddressAsync(cancellationToken);
        await using var service = StartService(address, 0);
        var door = await service.WaitForAddressAsync(cancellationToken);
        var clients = await ConnectAllAsync(door, Short, cancellationToken);
        var followed = clients.Select(client => FollowDrainAsync(client, cancellationToken)).ToArray();
        using var http = new HttpClient { BaseAddress = door };

        var askedAt = TimeProvider.System.GetTimestamp();
        await service.SignalAsync("TERM", cancellationToken);
        await PollNotReadyAsync(http, cancellationToken);
        var notReady = TimeProvider.System.GetElapsedTime(askedAt);
        var ends = await Task.WhenAll(followed);
        var closed = TimeProvider.System.GetElapsedTime(askedAt);
        (await service.WaitForExitAsync(cancellationToken)).Should().Be(0);
        var exited = TimeProvider.System.GetElapsedTime(askedAt);

        ends.Should().OnlyContain(static end => end.WarnedFirst && end.RefusedAsDraining && end.Ended);
        ends.Should().OnlyContain(static end => end.Close == WebSocketCloseStatus.EndpointUnavailable);
        TestContext.Out.WriteLine(
            $"{Clients} clients: readiness 503 after {notReady.TotalMilliseconds:F0} ms, all requests ended and sockets closed after " +
            $"{closed.TotalSeconds:F1} s, exit after {exited.TotalSeconds:F1} s");
    }

    private static ServiceProcess StartService(Uri simulator, int port, params string[] more) => ServiceProcess.Start(
    [
        $"--urls=http://127.0.0.1:{port}", "--environment=Development", $"--RunPod:BaseUrl=http://127.0.0.1:{simulator.Port}/v2", "--RunPod:EndpointId=e",
        "--RunPod:ApiKey=k", "--RunPod:MaxWorkers=8", "--RunPod:PollInterval=00:00:00.2", "--Shutdown:DrainTimeout=00:00:50", .. more,
    ]);

    private static Task<TestClient[]> ConnectAllAsync(Uri door, string request, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            var client = await TestClient.ConnectAsync(new Uri($"ws://{door.Authority}/ws"), cancellationToken);
            await client.SendAsync(request, cancellationToken);
            await client.ReceiveEventAsync("request.queued", cancellationToken);
            return client;
        }));

    private static async Task WaitForEndAsync(TestClient client, CancellationToken cancellationToken)
    {
        try
        {
            while (await client.ReceiveTextAsync(cancellationToken) is not null)
            {
            }
        }
        catch (WebSocketException)
        {
            // The connection was torn off, as it has to be.
        }
        finally
        {
            await client.DisposeAsync();
        }
    }

    // Answers the warning with one more request, which must be refused, and follows its own to the end.
    private static async Task<(bool WarnedFirst, bool RefusedAsDraining, bool Ended, WebSocketCloseStatus? Close)> FollowDrainAsync(
        TestClient client, CancellationToken cancellationToken)
    {
        bool warned = false, refused = false, ended = false;
        while (await client.ReceiveTextAsync(cancellationToken) is { } text)
        {
            using var document = JsonDocument.Parse(text);
            switch (document.RootElement.GetProperty("type").GetString())
            {
                case "session.closing":
                    warned = document.RootElement.GetProperty("retryAfterMs").GetInt64() > 0;
                    await client.SendAsync(Short, cancellationToken);
                    break;
                case "request.rejected":
                    refused = document.RootElement.GetProperty("error").GetProperty("code").GetString() == "draining";
                    break;
                case "request.completed":
                    ended = true;
                    break;
                default:
                    break;
            }
        }

        var status = client.Socket.CloseStatus;
        await client.CloseAsync(cancellationToken);
        await client.DisposeAsync();
        return (warned, refused, ended, status);
    }

    private static async Task PollNotReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), cancellationToken);
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return;
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    private static async Task<bool> CompleteOneAsync(Uri door, CancellationToken cancellationToken)
    {
        await using var client = await TestClient.ConnectAsync(new Uri($"ws://{door.Authority}/ws"), cancellationToken);
        await client.SendRequestAsync("again", "hello", cancellationToken);
        await client.ReceiveEventAsync("request.completed", cancellationToken);
        return true;
    }

    private static int Count(JsonElement jobs, string status) =>
        jobs.EnumerateArray().Count(job => job.GetProperty("status").GetString() == status);
}
