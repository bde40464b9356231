using System.Buffers.Text;
using System.Diagnostics;
using System.Net.WebSockets;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Latency;

/// <summary>A client whose output says when it was made, and that notes how long it took.</summary>
internal sealed class StampedClient : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[4096];

    public async Task OpenAsync(Uri server)
    {
        _socket.Options.AddSubProtocol("ingress.v1");
        await _socket.ConnectAsync(server, CancellationToken.None);
        var request = """{"type":"request","input":{}}"""u8.ToArray();
        await _socket.SendAsync(request, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }

    /// <summary>Reads until the connection ends.</summary>
    /// <param name="times">Where the times go, under its own lock.</param>
    public async Task ReadAsync(LatencyHistogram times)
    {
        try
        {
            while (await _socket.ReceiveAsync(_buffer.AsMemory(), CancellationToken.None) is { MessageType: WebSocketMessageType.Text } part)
            {
                Note(_buffer.AsSpan(0, part.Count), times, Stopwatch.GetTimestamp());
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The study is over.
        }
    }

    public void Dispose() => _socket.Dispose();

    private static void Note(ReadOnlySpan<byte> text, LatencyHistogram times, long now)
    {
        var at = text.IndexOf("\"output\":\""u8);
        if (at >= 0 && Utf8Parser.TryParse(text[(at + 10)..], out long stamp, out _))
        {
            lock (times)
            {
                times.Add(now - stamp);
            }
        }
    }
}
