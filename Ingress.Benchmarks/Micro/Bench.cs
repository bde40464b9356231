using Ingress.Pipeline;
using Ingress.Pipeline.Connections;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ingress.Benchmarks.Micro;

/// <summary>The pipeline's real parts, put together by its own registration, without sockets and without a backend.</summary>
internal sealed class Bench : IDisposable
{
    private readonly IHost _host;
    private readonly byte[] _input = new byte[256];

    public Bench()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Queue:Capacity"] = "10000000",
            ["Queue:MaxBytes"] = "68719476736",
            ["Queue:MaxPendingPerConnection"] = "10000000",
        });
        builder.Services.AddSingleton<IReadOnlyList<IJobBackend>>([new BenchBackend()]);
        builder.AddIngressPipeline();
        _host = builder.Build(); // never started: no clock ticks and nothing is forwarded
        Lane = Get<LaneCatalog>().All[0];
        Ending = Get<RequestEnding>();
        Intake = Get<RequestIntake>();
        Sessions = Get<SessionRegistry>();
        Upkeep = Get<PositionUpkeep>();
    }

    public EndpointLane Lane { get; }

    public RequestEnding Ending { get; }

    public RequestIntake Intake { get; }

    public SessionRegistry Sessions { get; }

    public PositionUpkeep Upkeep { get; }

    /// <summary>Opens a session that has no connection and keeps nothing for a resume.</summary>
    public Session Open(WireProtocol protocol)
    {
        var session = new Session(
            protocol, new ClientIdentity("address:127.0.0.1"), resumable: false, 4 << 20, Get<ClientMemory>(), TimeProvider.System);
        Sessions.Add(session);
        return session;
    }

    /// <summary>Makes a request that nothing knows of yet.</summary>
    public ConversationRequest Make(Session session, string id)
    {
        var now = TimeProvider.System.GetTimestamp();
        return new ConversationRequest(id, session, Lane, _input, now) { Deadline = now + (600 * TimeProvider.System.TimestampFrequency) };
    }

    /// <summary>Lets requests of a session wait, acknowledged as they would be.</summary>
    public void Queue(Session session, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var request = Make(session, RequestId.Make(TimeProvider.System));
            Lane.TryAdmit(request.Bytes, out _);
            session.TryAdd(request, int.MaxValue, default(RequestQueued) with { Id = request.Id });
            Lane.Enqueue(request);
        }
    }

    public void Dispose() => _host.Dispose();

    private T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();
}
