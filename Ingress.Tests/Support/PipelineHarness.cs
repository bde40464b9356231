using Ingress.Pipeline;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Operations;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Ingress.Pipeline.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Support;

/// <summary>The whole pipeline without a network: scripted sockets in front, a scripted backend behind, and a clock that a test moves.</summary>
internal sealed class PipelineHarness : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Dispatcher[] _dispatchers;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly List<HarnessClient> _clients = [];

    public PipelineHarness(Dictionary<string, string?>? settings = null, params string[] endpoints)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Logging.Services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(new FakeLoggerProvider(Logs));
        Backends = [.. (endpoints.Length == 0 ? ["default"] : endpoints).Select(name => new FakeBackend(name, Time))];
        builder.Services.AddSingleton<IReadOnlyList<IJobBackend>>(Backends);
        builder.AddIngressPipeline();
        _host = builder.Build();
        var services = _host.Services;
        Handler = services.GetRequiredService<ConnectionHandler>();
        Sessions = services.GetRequiredService<SessionRegistry>();
        Lanes = services.GetRequiredService<LaneCatalog>();
        Housekeeping = services.GetRequiredService<Housekeeping>();
        Audit = services.GetRequiredService<LeakAudit>();
        Operations = services.GetRequiredService<PipelineOperations>();
        Runner = services.GetRequiredService<RequestRunner>();
        Drain = services.GetRequiredService<DrainCoordinator>();
        _dispatchers = [.. Lanes.All.Select(lane => ActivatorUtilities.CreateInstance<Dispatcher>(services, lane))];
        _running.AddRange(_dispatchers.Select(dispatcher => dispatcher.RunAsync(_stop.Token)));
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeLogCollector Logs { get; } = new();

    public FakeBackend[] Backends { get; }

    public FakeBackend Backend => Backends[0];

    public ConnectionHandler Handler { get; }

    public SessionRegistry Sessions { get; }

    public LaneCatalog Lanes { get; }

    public RequestQueue Queue => Lanes.All[0].Queue;

    public Housekeeping Housekeeping { get; }

    public LeakAudit Audit { get; }

    public PipelineOperations Operations { get; }

    public RequestRunner Runner { get; }

    public DrainCoordinator Drain { get; }

    public IServiceProvider Services => _host.Services;

    public RequestTotals Totals => Operations.Status().Totals;

    public IReadOnlyList<HarnessClient> Clients => _clients;

    public HarnessClient Connect(WireProtocol protocol = WireProtocol.V1, ClientIdentity? identity = null)
    {
        var socket = new ScriptedSocket();
        Handler.TryReserve().Should().BeTrue();
        var client = new HarnessClient(socket, ServeAsync(socket, protocol, identity ?? new ClientIdentity("address:127.0.0.1")), protocol);
        _clients.Add(client);
        return client;
    }

    /// <summary>Moves the clock and lets everything happen that is due.</summary>
    public void Advance(TimeSpan by)
    {
        Time.Advance(by);
        Housekeeping.Sweep();
    }

    /// <summary>Connects and waits for the greeting.</summary>
    public async Task<HarnessClient> OpenAsync(CancellationToken cancellationToken, ClientIdentity? identity = null)
    {
        var client = Connect(WireProtocol.V1, identity);
        await client.WaitForAsync("session.opened", cancellationToken);
        return client;
    }

    /// <summary>Connects and asks to go on with another client's session.</summary>
    public HarnessClient Resume(HarnessClient old, long lastSeq, ClientIdentity? identity = null)
    {
        var client = Connect(WireProtocol.V1, identity);
        var opened = old.Greeting;
        client.Socket.ClientSends($$"""
            {"type":"resume","sessionId":"{{opened.GetProperty("sessionId").GetString()}}",
             "resumeToken":"{{opened.GetProperty("resumeToken").GetString()}}","lastSeq":{{lastSeq}}}
            """);
        return client;
    }

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<bool> holds, CancellationToken cancellationToken)
    {
        while (!holds())
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Delay(1, CancellationToken.None);
        }
    }

    /// <summary>Offers room for one more job, waits until it is handed over, and accepts it.</summary>
    public async Task<FakeJob> RunNextAsync(CancellationToken cancellationToken, FakeBackend? on = null)
    {
        var backend = on ?? Backend;
        var number = backend.Jobs.Count;
        backend.Offer(1);
        var job = (await backend.WaitForJobsAsync(number + 1, cancellationToken))[number];
        job.Accept($"job-{number + 1}");
        await job.Followed.WaitAsync(cancellationToken);
        return job;
    }

    /// <summary>Waits until nothing moves any more: all was read, taken, sent and followed that can be.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        // Several times in a row: what one look sees at rest may have been about to move something that was looked at before.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        for (var quiet = 0; quiet < 3;)
        {
            var restless = Restless();
            quiet = restless is null ? quiet + 1 : 0;
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"The pipeline does not come to rest: {restless}. {string.Join('\n', Logs.GetSnapshot().Select(static each => each.ToString()))}");
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Socket.Abort();
        }

        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(10));
        await Task.WhenAll(_clients.Select(client => client.Served)).WaitAsync(TimeSpan.FromSeconds(10));
        _host.Dispose();
    }

    private async Task ServeAsync(ScriptedSocket socket, WireProtocol protocol, ClientIdentity identity)
    {
        try
        {
            await Handler.RunAsync(socket, protocol, identity);
        }
        finally
        {
            Handler.Release();
        }
    }

    // What still moves, or null.
    private string? Restless()
    {
        // A held one that was closed or broke off waits for the clock.
        if (_clients.FirstOrDefault(static client => !client.Served.IsCompleted && !client.Socket.IsQuiet
            && !(client.Socket.IsHeld && (client.Socket.IsBroken || client.Socket.State == System.Net.WebSockets.WebSocketState.CloseReceived))) is { } client)
        {
            return $"a connection in state {client.Socket.State} reads or ends";
        }

        if (!_clients.Any(static each => each.Socket.IsHeld) && Handler.Connections.Any(static connection => connection.Session.Outbox.HasUnsent(connection) && connection.Closing is null))
        {
            return "a connection sends";
        }

        return Lanes.All.Zip(Backends).Select(static pair => Restless(pair.First, pair.Second)).FirstOrDefault(static each => each is not null);
    }

    private static string? Restless(EndpointLane lane, FakeBackend backend)
    {
        if (lane.Queue.HasWaiting() && !(backend.IsAwaited && backend.Free == 0) && !lane.Pause.IsPaused)
        {
            return $"the dispatcher works: free {backend.Free}, awaited {backend.IsAwaited}";
        }

        var job = backend.Jobs.FirstOrDefault(static job => job.IsAnswered
            && !(job.Outcome == SubmitOutcome.Accepted ? job.IsFollowed && job.IsEnded == job.IsReleased : job.IsReleased));
        return job is null ? null : $"a job moves: {job.Outcome}, followed {job.IsFollowed}, ended {job.IsEnded}, released {job.IsReleased}";
    }
}
