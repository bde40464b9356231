using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Ingress.Tests.Hostile;

/// <summary>
/// A WebSocket client that is only a TCP connection: it sends what it is told, right or wrong, and answers nothing by itself. One reader
/// and one writer at a time.
/// </summary>
internal sealed class RawWebSocket : IDisposable
{
    private readonly TcpClient _tcp;
    private readonly BufferedStream _reading;

    private RawWebSocket(TcpClient tcp)
    {
        _tcp = tcp;
        Stream = tcp.GetStream();
        _reading = new BufferedStream(Stream, 64 << 10);
    }

    /// <summary>Gets the connection's bytes.</summary>
    public NetworkStream Stream { get; }

    /// <summary>Connects without saying anything yet.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="receiveBuffer">The size of the window that the service may fill; the system's choice by default.</param>
    public static async Task<RawWebSocket> OpenAsync(Uri address, CancellationToken cancellationToken, int? receiveBuffer = null)
    {
        var tcp = new TcpClient { NoDelay = true };
        if (receiveBuffer is { } size)
        {
            tcp.ReceiveBufferSize = size;
        }

        await tcp.ConnectAsync(address.Host, address.Port, cancellationToken);
        return new RawWebSocket(tcp);
    }

    /// <summary>Connects and shakes hands.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="subprotocol">What is offered; null offers none.</param>
    /// <param name="receiveBuffer">The size of the window that the service may fill.</param>
    public static async Task<RawWebSocket> ConnectAsync(
        Uri address, CancellationToken cancellationToken, string? subprotocol = "ingress.v1", int? receiveBuffer = null)
    {
        var socket = await OpenAsync(address, cancellationToken, receiveBuffer);
        await socket.Stream.WriteAsync(Handshake(address, subprotocol), cancellationToken);
        var head = await socket.ReadHeadAsync(cancellationToken);
        head.Should().StartWith("HTTP/1.1 101 ");
        return socket;
    }

    /// <summary>Makes the upgrade request.</summary>
    public static byte[] Handshake(Uri address, string? subprotocol = "ingress.v1") => Encoding.ASCII.GetBytes(
        $"GET {address.AbsolutePath} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        (subprotocol is null ? "\r\n" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n\r\n"));

    /// <summary>Sends bytes as they are.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => Stream.WriteAsync(bytes, cancellationToken);

    /// <summary>Sends a text message.</summary>
    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken) =>
        Stream.WriteAsync(RawFrame.EncodeText(text), cancellationToken);

    /// <summary>Reads the head of an HTTP answer; empty when the connection ends first.</summary>
    public async Task<string> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await _reading.ReadAsync(one, cancellationToken) == 0)
            {
                return string.Empty;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>Reads the next frame; null when the connection has ended, whether by FIN or by RST.</summary>
    public async Task<RawFrame?> ReadFrameAsync(CancellationToken cancellationToken)
    {
        try
        {
            var head = new byte[10];
            await _reading.ReadExactlyAsync(head.AsMemory(0, 2), cancellationToken);
            long length = head[1] & 0x7F;
            if (length >= 126)
            {
                var wide = length == 126 ? 2 : 8;
                await _reading.ReadExactlyAsync(head.AsMemory(2, wide), cancellationToken);
                length = wide == 2 ? BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)) : BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(2));
            }

            var payload = new byte[length];
            await _reading.ReadExactlyAsync(payload, cancellationToken);
            (head[1] & 0x80).Should().Be(0, "a server must not mask");
            return new RawFrame(head[0] & 0x0F, (head[0] & 0x80) != 0, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads events until one of a type comes.</summary>
    /// <exception cref="InvalidOperationException">The service closed instead.</exception>
    public async Task<JsonElement> ReadEventAsync(string type, CancellationToken cancellationToken)
    {
        while (await ReadFrameAsync(cancellationToken) is { } frame)
        {
            if (frame.Opcode == RawFrame.Close)
            {
                throw new InvalidOperationException($"Closed with {frame.CloseCode} instead of '{type}'.");
            }

            if (frame.Opcode == RawFrame.Text)
            {
                using var document = JsonDocument.Parse(frame.Payload);
                if (document.RootElement.GetProperty("type").GetString() == type)
                {
                    return document.RootElement.Clone();
                }
            }
        }

        throw new InvalidOperationException($"The connection ended instead of '{type}'.");
    }

    /// <summary>Reads to the end of the connection.</summary>
    /// <returns>Every frame; the last is the close frame if there was one.</returns>
    public async Task<List<RawFrame>> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var frames = new List<RawFrame>();
        while (await ReadFrameAsync(cancellationToken) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    /// <summary>Reads up to the close frame, or to the end of the connection.</summary>
    public async Task<List<RawFrame>> ReadToCloseAsync(CancellationToken cancellationToken)
    {
        var frames = new List<RawFrame>();
        while (frames is not [.., { Opcode: RawFrame.Close }] && await ReadFrameAsync(cancellationToken) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    /// <summary>Reads to the end of the connection and gives the close code on the wire; null when there was none.</summary>
    public async Task<int?> ReadCloseCodeAsync(CancellationToken cancellationToken) =>
        (await ReadToEndAsync(cancellationToken)).LastOrDefault(static frame => frame.Opcode == RawFrame.Close)?.CloseCode;

    /// <summary>Says that nothing more will be sent (FIN), and goes on listening.</summary>
    public void HalfClose()
    {
        try
        {
            _tcp.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The service has hung up before.
        }
    }

    /// <summary>Breaks the connection off with RST, as a crashed machine's successor or a firewall does.</summary>
    public void Reset()
    {
        _tcp.LingerState = new LingerOption(true, 0);
        _tcp.Close();
    }

    public void Dispose() => _tcp.Dispose();
}
