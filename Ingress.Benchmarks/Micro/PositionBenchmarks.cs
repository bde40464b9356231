using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Protocol;

namespace Ingress.Benchmarks.Micro;

/// <summary>
/// The look at 10,000 waiting requests of as many <c>ingress.v1</c> clients that is taken once a second: with nothing to tell, after some
/// have left, and with everybody to be told. Looking for what was told costs a little on top, in the last two. A microsecond here is a millionth of a core.
/// </summary>
public class PositionBenchmarks
{
    private const int Waiting = 10_000;
    private const int Leaving = 10;
    private Bench _bench = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench();
        for (var i = 0; i < Waiting; i++)
        {
            _bench.Queue(_bench.Open(WireProtocol.V1), 1);
        }

        _bench.Upkeep.Update(_bench.Lane);
    }

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark(Baseline = true)]
    public void NothingToTell() => _bench.Upkeep.Update(_bench.Lane);

    /// <summary>Tells every client and lets each take what it was told, as its connection would.</summary>
    [Benchmark]
    public void AllAreTold()
    {
        _bench.Lane.Queue.Visit(0, static (_, request, position) =>
        {
            request.ToldPosition = position * 2;
            return true;
        });
        _bench.Upkeep.Update(_bench.Lane);
        ReadAll();
    }

    /// <summary>Ten requests have left since the last look, and as many have come.</summary>
    [Benchmark]
    public void TenHaveLeft()
    {
        for (var i = 0; i < Leaving; i++)
        {
            _bench.Lane.Queue.TryTake(out var request);
            _bench.Lane.Release(request);
            _bench.Queue(request.Session, 1);
        }

        _bench.Upkeep.Update(_bench.Lane);
        ReadAll();
    }

    private void ReadAll()
    {
        foreach (var session in _bench.Sessions.All)
        {
            while (session.Outbox.TryTake(null!, out _))
            {
                // Without a connection the session is its own reader.
            }
        }
    }
}
