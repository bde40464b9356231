using System.Text;
using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Forwarding;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Protocol.Events;
using Ingress.Pipeline.Queueing;

namespace Ingress.Benchmarks.Micro;

/// <summary>From an event to its frame's payload; the baseline copies as many bytes.</summary>
public class EventBenchmarks
{
    private const string Id = "0192f0c1-7d1f-7aaa-8000-000000000001";
    private readonly byte[] _chunk = Encoding.UTF8.GetBytes($"\"{new string('a', 126)}\"");
    private readonly byte[] _frame = new byte[256];
    private readonly WaitPlace _place = new(17, 42, new WaitEstimate(12_000, 30_000), WaitReason.BehindOthers);

    [Benchmark]
    public byte[] RequestQueued() => EventSerializer.Serialize(new RequestQueued(Id, _place, "0af7651916cd43dd8448eb211c80319c"), 12);

    [Benchmark]
    public byte[] RequestOutput128() => EventSerializer.Serialize(new RequestOutput(Id, 7, _chunk), 19);

    [Benchmark(Baseline = true)]
    public byte[] Copy256() => _frame.AsSpan().ToArray();
}
