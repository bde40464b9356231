using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Queueing;
using Ingress.Pipeline.Sessions;

namespace Ingress.Benchmarks.Micro;

/// <summary>
/// The queue's own operations with 10,000 others waiting. Each method is a whole life of requests that were made beforehand, so that the
/// queue is the same before and after; what is told is the time of one operation.
/// </summary>
public class QueueBenchmarks
{
    private const int Waiting = 10_000;
    private const int Batch = 1_000;
    private readonly ConversationRequest[] _requests = new ConversationRequest[Batch];
    private Bench _bench = null!;
    private Session _session = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench();
        _session = _bench.Open(WireProtocol.Plain);
        _bench.Queue(_session, Waiting);
    }

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    /// <summary>Makes a request, admits it and hands it over, and takes it out of the middle of the queue again.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void AdmitEnqueueCancel()
    {
        Fill();
        _bench.Lane.Queue.HasWaiting(); // the consumer's look moves them into the order
        foreach (var request in _requests)
        {
            request.TryEndQueued();
            _bench.Lane.Release(request);
        }
    }

    /// <summary>The same without leaving the middle: taken at the head, as the dispatcher does, and released.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public void AdmitEnqueueDequeue()
    {
        Fill();
        for (var i = 0; i < Batch; i++)
        {
            _bench.Lane.Queue.TryTake(out var request);
            _bench.Lane.Release(request);
        }
    }

    /// <summary>What the two above have in common beside the queue: making the request.</summary>
    [Benchmark(OperationsPerInvoke = Batch, Baseline = true)]
    public void MakeOnly()
    {
        for (var i = 0; i < Batch; i++)
        {
            _requests[i] = _bench.Make(_session, "id");
        }
    }

    private void Fill()
    {
        for (var i = 0; i < Batch; i++)
        {
            _requests[i] = _bench.Make(_session, "id");
            _bench.Lane.TryAdmit(_requests[i].Bytes, out _);
            _bench.Lane.Enqueue(_requests[i]);
        }
    }
}
