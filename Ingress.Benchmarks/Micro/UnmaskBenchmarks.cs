using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Frames;

namespace Ingress.Benchmarks.Micro;

/// <summary>Copying a payload while its mask is taken off, beside copying it.</summary>
public class UnmaskBenchmarks
{
    private byte[] _source = [];
    private byte[] _target = [];

    [Params(256, 4096)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _source = new byte[Bytes];
        _target = new byte[Bytes];
        Random.Shared.NextBytes(_source);
    }

    [Benchmark]
    public uint Unmask() => Masking.Unmask(_source, _target, 0x8E17C35A);

    [Benchmark(Baseline = true)]
    public void Copy() => _source.CopyTo(_target, 0);
}
