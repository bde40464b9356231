using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Sessions;

namespace Ingress.Benchmarks.Micro;

/// <summary>A connection closes while 20 of its requests wait among others: the cost must not depend on how many others.</summary>
public class CloseBenchmarks
{
    private const int Own = 20;
    private const int Batch = 100;
    private readonly Session[] _sessions = new Session[Batch];
    private Bench _bench = null!;

    [Params(0, 10_000)]
    public int Others { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench();
        _bench.Queue(_bench.Open(WireProtocol.Plain), Others);
    }

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [IterationSetup]
    public void Open()
    {
        for (var i = 0; i < Batch; i++)
        {
            _sessions[i] = _bench.Open(WireProtocol.Plain);
            _bench.Queue(_sessions[i], Own);
        }

        _bench.Lane.Queue.HasWaiting();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void CloseSession()
    {
        foreach (var session in _sessions)
        {
            _bench.Sessions.End(session, SessionEnd.ClientClosed);
        }
    }
}
