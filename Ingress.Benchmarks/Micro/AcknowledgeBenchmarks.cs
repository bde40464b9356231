using System.Text;
using BenchmarkDotNet.Attributes;
using Ingress.Pipeline.Protocol;
using Ingress.Pipeline.Sessions;

namespace Ingress.Benchmarks.Micro;

/// <summary>
/// All that the service does for an acknowledged message but the socket: read it, admit it, copy its input, queue it, make its
/// acknowledgement; and, so that nothing piles up, end it with its session.
/// </summary>
public class AcknowledgeBenchmarks
{
    private const int Batch = 100;
    private Bench _bench = null!;
    private byte[] _message = [];
    private WireProtocol _protocol;

    [Params(256, 4096)]
    public int Bytes { get; set; }

    [Params("plain", "ingress.v1")]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench();
        _protocol = Protocol == "plain" ? WireProtocol.Plain : WireProtocol.V1;
        const string Start = """{"type":"request","input":{"messages":[{"role":"user","content":" """;
        const string End = """ "}]}}""";
        _message = Encoding.UTF8.GetBytes(Start + new string('a', Bytes - Start.Length - End.Length) + End);
    }

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark(OperationsPerInvoke = Batch)]
    public void TakeInAndEnd()
    {
        var session = _bench.Open(_protocol);
        for (var i = 0; i < Batch; i++)
        {
            var message = ClientMessageParser.Parse(_message, _protocol, knownUtf8: true);
            _bench.Intake.Take(session, message, _message);
            session.Outbox.TryTake(null!, out _);
        }

        _bench.Lane.Queue.HasWaiting();
        _bench.Sessions.End(session, SessionEnd.ClientClosed);
    }
}
