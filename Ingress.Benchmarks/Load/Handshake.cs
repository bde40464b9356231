using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ingress.Benchmarks.Load;

/// <summary>Opens WebSockets with as little as the protocol asks for.</summary>
internal static class Handshake
{
    private const int SocketBufferBytes = 1 << 18;

    /// <summary>Connects and upgrades, blocking.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="subprotocol">What is offered; empty for nothing.</param>
    /// <param name="counter">Gets what came right behind the answer.</param>
    /// <returns>The open socket.</returns>
    /// <exception cref="IOException">The server did not switch protocols.</exception>
    public static Socket Open(IPEndPoint server, string subprotocol, FrameCounter counter)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            SendBufferSize = SocketBufferBytes,
        };
        try
        {
            socket.Connect(server);
            socket.Send(Request(server, subprotocol));
            ReadAnswer(socket, counter);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static byte[] Request(IPEndPoint server, string subprotocol)
    {
        var offer = subprotocol.Length == 0 ? "" : $"Sec-WebSocket-Protocol: {subprotocol}\r\n";
        return Encoding.ASCII.GetBytes(
            $"GET /ws HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n");
    }

    private static void ReadAnswer(Socket socket, FrameCounter counter)
    {
        Span<byte> answer = stackalloc byte[4096];
        var count = 0;
        while (true)
        {
            var read = socket.Receive(answer[count..]);
            count += read;
            var end = answer[..count].IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                Check(answer[..end]);
                counter.Take(answer[(end + 4)..count]);
                return;
            }

            if (read == 0 || count == answer.Length)
            {
                throw new IOException("The server's answer to the upgrade has no end.");
            }
        }
    }

    private static void Check(ReadOnlySpan<byte> answer)
    {
        if (!answer.StartsWith("HTTP/1.1 101 "u8))
        {
            throw new IOException($"The server refused the upgrade: {Encoding.ASCII.GetString(answer)}");
        }
    }
}
