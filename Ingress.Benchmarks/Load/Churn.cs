using System.Diagnostics;
using System.Net.Sockets;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Load;

/// <summary>Connections that open, ask once, wait for the answer and close with a handshake, one after the other on each thread.</summary>
internal sealed class Churn
{
    private static readonly byte[] Close = RequestFrame.Make(8, [0x03, 0xE8]);
    private readonly Lock _gate = new();
    private readonly LatencyHistogram _cycles = new();
    private readonly LoadPlan _plan;
    private readonly byte[] _request;
    private long _done;
    private long _failed;
    private bool _isMeasuring;
    private bool _isOver;

    private Churn(LoadPlan plan)
    {
        _plan = plan;
        var frame = new RequestFrame(plan.Size);
        _request = new byte[frame.Length];
        frame.Write(_request, 1);
    }

    public static LoadResult Run(LoadPlan plan) => new Churn(plan).Run();

    private LoadResult Run()
    {
        var threads = Enumerable.Range(0, _plan.Connections).Select(_ => new Thread(Cycle) { IsBackground = true }).ToArray();
        Array.ForEach(threads, static thread => thread.Start());
        // A measured span of time is no event: there is nothing to await but the clock, and this thread has nothing else to do.
        Thread.Sleep(_plan.WarmUp);
        Volatile.Write(ref _isMeasuring, true);
        var window = MeasuredWindow.Begin(_plan.ServerPid, Interlocked.Read(ref _done));
        Thread.Sleep(_plan.Measured);
        var result = window.End(Interlocked.Read(ref _done));
        Volatile.Write(ref _isOver, true);
        Array.ForEach(threads, static thread => thread.Join(TimeSpan.FromSeconds(2)));
        return result with
        {
            P50Microseconds = _cycles.Microseconds(0.5),
            P99Microseconds = _cycles.Microseconds(0.99),
            Failed = Interlocked.Read(ref _failed),
        };
    }

    private void Cycle()
    {
        while (!Volatile.Read(ref _isOver))
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                OpenAskClose();
                Interlocked.Increment(ref _done);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                Interlocked.Increment(ref _failed);
            }

            if (Volatile.Read(ref _isMeasuring))
            {
                lock (_gate)
                {
                    _cycles.Add(Stopwatch.GetTimestamp() - start);
                }
            }
        }
    }

    private void OpenAskClose()
    {
        var counter = new FrameCounter();
        using var socket = Handshake.Open(_plan.Server, _plan.Subprotocol, counter);
        Span<byte> buffer = stackalloc byte[1024];
        socket.Send(_request);
        Read(socket, buffer, counter, static counter => counter.Messages > 0);
        socket.Send(Close);
        Read(socket, buffer, counter, static counter => counter.IsClosed);
        if (counter.Objects > 0)
        {
            throw new IOException("The request was refused.");
        }
    }

    private static void Read(Socket socket, Span<byte> buffer, FrameCounter counter, Func<FrameCounter, bool> isEnough)
    {
        while (!isEnough(counter))
        {
            var read = socket.Receive(buffer);
            if (read == 0)
            {
                throw new IOException("The server closed too early.");
            }

            counter.Take(buffer[..read]);
        }
    }
}
