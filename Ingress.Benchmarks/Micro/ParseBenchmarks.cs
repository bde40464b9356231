using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Protocol;

namespace Ingress.Benchmarks.Micro;

/// <summary>From a message's bytes to what it asks for, every byte checked; beside a tree of it, which the service never builds.</summary>
public class ParseBenchmarks
{
    private byte[] _message = [];
    private WireProtocol _protocol;

    [Params(256, 4096)]
    public int Bytes { get; set; }

    [Params("plain", "ingress.v1")]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _protocol = Protocol == "plain" ? WireProtocol.Plain : WireProtocol.V1;
        const string Start = """{"type":"request","id":"0192f0c1-7d1f-7aaa-8000-000000000001","input":{"messages":[{"role":"user","content":" """;
        const string End = """ "}]}}""";
        _message = Encoding.UTF8.GetBytes(Start + new string('a', Bytes - Start.Length - End.Length) + End);
    }

    [Benchmark]
    public bool Parse() => ClientMessageParser.Parse(_message, _protocol, knownUtf8: true).Kind == ClientMessageKind.Request;

    [Benchmark(Baseline = true)]
    public bool JsonTree()
    {
        using var document = JsonDocument.Parse(_message);
        return document.RootElement.TryGetProperty("input"u8, out _);
    }
}
