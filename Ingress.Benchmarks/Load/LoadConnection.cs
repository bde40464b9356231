using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ingress.Benchmarks.Load;

/// <summary>
/// One client: sends without waiting, and counts what comes back on the thread that watches the sockets. One sender at a time.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    private static readonly byte[] Pong = RequestFrame.Make(10, []);
    private readonly FrameCounter _counter = new();
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly Socket _socket;
    private readonly long[] _sentAt;
    private long _answered;
    private long _sent;
    private int _pings;

    /// <summary>Initializes a new instance and connects it.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="subprotocol">What is offered; empty for nothing.</param>
    /// <param name="mostOpen">The most requests without an answer; a power of two.</param>
    public LoadConnection(IPEndPoint server, string subprotocol, int mostOpen)
    {
        _sentAt = new long[mostOpen];
        _socket = Handshake.Open(server, subprotocol, _counter);
        _socket.Blocking = false; // a full send buffer is an error here: to wait would stop the thread that empties it
        _receive.SetBuffer(new byte[mostOpen > 1 ? 4096 : 512]);
        _receive.Completed += (_, _) => Receive(isCompleted: true);
    }

    /// <summary>Gets or sets who hears of each answer, with the time at which its request was sent.</summary>
    public Action<long>? Answered { get; set; }

    /// <summary>Gets or sets who hears that a read has brought so many answers, after each of them.</summary>
    public Action<LoadConnection, int>? Drained { get; set; }

    public long Refused => _counter.Objects;

    public long Messages => _counter.Messages;

    /// <summary>Gets whether the server is gone, or could not take what was sent.</summary>
    public bool HasFailed { get; private set; }

    public long Sent => _sent;

    /// <summary>Begins to receive.</summary>
    public void Start() => Receive(isCompleted: false);

    /// <summary>Sends frames that make up so many requests.</summary>
    public void Send(ReadOnlySpan<byte> frames, int requests)
    {
        var now = Stopwatch.GetTimestamp();
        for (var i = 0; i < requests; i++)
        {
            _sentAt[_sent++ & (_sentAt.Length - 1)] = now;
        }

        Write(frames);
    }

    /// <summary>Leaves without a word: the server is told by a reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        Dispose();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receive.Dispose();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        var count = _socket.Send(bytes, SocketFlags.None, out var error);
        HasFailed |= error != SocketError.Success || count != bytes.Length;
    }

    private void Receive(bool isCompleted)
    {
        try
        {
            while (isCompleted || !_socket.ReceiveAsync(_receive))
            {
                isCompleted = false;
                if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
                {
                    HasFailed = true;
                    return;
                }

                Take(_receive.MemoryBuffer.Span[.._receive.BytesTransferred]);
            }
        }
        catch (ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        _counter.Take(bytes);
        for (; _pings < _counter.Pings; _pings++)
        {
            Write(Pong); // neither server puts anything into its pings
        }

        var answers = (int)(_counter.Messages - _answered);
        for (var i = 0; i < answers && Answered is not null; i++)
        {
            Answered(_sentAt[(_answered + i) & (_sentAt.Length - 1)]);
        }

        _answered = _counter.Messages;
        if (answers > 0)
        {
            Drained?.Invoke(this, answers);
        }
    }
}
