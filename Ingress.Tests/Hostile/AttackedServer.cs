using System.Text.Json;
using System.Threading.Channels;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Lifecycle;
using Ingress.Pipeline.Operations;
using Ingress.Pipeline.Sessions;
using Ingress.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Hostile;

/// <summary>
/// A service to be attacked, with one honest client that must not notice, and the means to tell that nothing was left behind.
/// </summary>
internal sealed class AttackedServer : IAsyncDisposable
{
    private const int LongestStandstill = 40 * 20; // 40 s and more, in turns of 50 ms and more; a grace is 15 s at most

    private readonly FaultWatch _faults;
    private readonly TestClient _bystander;
    private readonly Channel<JsonElement> _heard = Channel.CreateUnbounded<JsonElement>();
    private readonly Task _listening;
    private int _asked;

    private AttackedServer(IngressServer server, TestClient bystander, FaultWatch faults)
    {
        Server = server;
        _bystander = bystander;
        _faults = faults;
        _listening = ListenAsync();
    }

    /// <summary>Gets the service.</summary>
    public IngressServer Server { get; }

    public Uri Address => Server.WebSocketAddress;

    /// <summary>Gets how many connections there are besides the honest one's.</summary>
    public int Attackers => Server.Get<ConnectionHandler>().Active - 1;

    public static async Task<AttackedServer> StartAsync(CancellationToken cancellationToken, params (string Key, string? Value)[] settings)
    {
        var faults = new FaultWatch();
        var server = await IngressServer.StartAsync(settings);
        return new AttackedServer(server, await server.ConnectAsync(cancellationToken), faults);
    }

    public Task<RawWebSocket> ConnectAsync(CancellationToken cancellationToken, string? subprotocol = TestClient.V1, int? receiveBuffer = null) =>
        RawWebSocket.ConnectAsync(Address, cancellationToken, subprotocol, receiveBuffer);

    /// <summary>Has the honest client ask for something, and waits for the whole answer.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> AskAsync(CancellationToken cancellationToken)
    {
        var began = TimeProvider.System.GetTimestamp();
        var id = $"honest-{++_asked}";
        await _bystander.SendRequestAsync(id, "one two", cancellationToken);
        JsonElement heard;
        do
        {
            heard = await _heard.Reader.ReadAsync(cancellationToken);
        }
        while (heard.GetProperty("type").GetString() != "request.completed");
        heard.GetProperty("id").GetString().Should().Be(id);
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>Waits until the attackers are gone with all they had, and checks that they left nothing and nobody noticed.</summary>
    public async Task AssertUnharmedAsync(CancellationToken cancellationToken)
    {
        await AskAsync(cancellationToken);
        var (held, turns) = (Held(), 0);
        while (held.Length > 0)
        {
            // What does not change any more, for longer than a broken session may wait, stays for good.
            (turns < LongestStandstill).Should().BeTrue("this is left: {0}", held);
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Delay(turns < 50 ? 5 : 50, CancellationToken.None);
            var now = Held();
            (held, turns) = (now, now == held ? turns + 1 : 0);
        }

        Server.Logs.Lines.Where(static line => line.Level >= LogLevel.Error).Select(static line => line.Everything).Should().BeEmpty();
        _faults.Unobserved().Should().BeEmpty("no task may fail unseen");
    }

    public async ValueTask DisposeAsync()
    {
        await _bystander.DisposeAsync();
        await _listening;
        await Server.DisposeAsync();
        _faults.Dispose();
    }

    // All the time: a client answers pings only while it reads.
    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                _heard.Writer.TryWrite(await _bystander.ReceiveEventAsync(CancellationToken.None));
            }
        }
        catch (Exception e)
        {
            _heard.Writer.TryComplete(e);
        }
    }

    private string Held()
    {
        var lane = Server.Get<PipelineOperations>().Status().Lanes[0];
        (string What, long Count)[] all =
        [
            ("connections", Attackers),
            ("sessions", Server.Get<SessionRegistry>().All.Count() - 1), // the honest client's
            ("places", lane.Length),
            ("bytes", lane.Bytes),
            ("jobs", lane.Backend.OwnJobs),
            ("leaked", Server.Get<LeakAudit>().Count()),
        ];
        return string.Join(", ", all.Where(static each => each.Count > 0).Select(static each => $"{each.Count} {each.What}"));
    }
}
