using System.Diagnostics;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Load;

/// <summary>Every connection keeps a window of requests under way.</summary>
internal sealed class ClosedLoop
{
    /// <summary>The service keeps what it queues: no run may fill the machine's memory.</summary>
    private const long MostBytes = 1L << 30;

    private readonly LoadPlan _plan;
    private readonly RequestFrame _frame;
    private readonly byte[] _frames;
    private readonly LatencyHistogram _latencies = new();
    private readonly ManualResetEventSlim _enough = new();
    private long _answers;
    private long _requests;
    private bool _isMeasuring;
    private bool _isOver;

    private ClosedLoop(LoadPlan plan)
    {
        _plan = plan;
        _frame = new RequestFrame(plan.Size);
        _frames = new byte[_frame.Length * plan.Window];
    }

    public static LoadResult Run(LoadPlan plan) => new ClosedLoop(plan).Run();

    private LoadResult Run()
    {
        var connections = new LoadConnection[_plan.Connections];
        for (var i = 0; i < connections.Length; i++)
        {
            connections[i] = new LoadConnection(_plan.Server, _plan.Subprotocol, RoundUp(_plan.Window)) { Answered = Answered };
            connections[i].Drained = SendMore;
            connections[i].Start();
        }

        foreach (var connection in connections)
        {
            var frames = new byte[_frames.Length]; // the other thread is at its own already
            SendMore(connection, _plan.Window, frames);
        }

        _enough.Wait(_plan.WarmUp / 2);
        var half = Volatile.Read(ref _answers);
        _enough.Wait(_plan.WarmUp / 2);
        Volatile.Write(ref _isMeasuring, true);
        var window = MeasuredWindow.Begin(_plan.ServerPid, Volatile.Read(ref _answers));
        _enough.Wait(_plan.Measured);
        var result = window.End(Volatile.Read(ref _answers));
        Volatile.Write(ref _isOver, true);
        return Describe(result, connections, half);
    }

    private LoadResult Describe(LoadResult result, LoadConnection[] connections, long warm) => result with
    {
        P50Microseconds = _latencies.Microseconds(0.5),
        P99Microseconds = _latencies.Microseconds(0.99),
        Refused = connections.Sum(static connection => connection.Refused),
        Failed = connections.Count(static connection => connection.HasFailed) + (warm == 0 ? 1 : 0),
    };

    private void Answered(long sentAt)
    {
        Volatile.Write(ref _answers, _answers + 1);
        if (Volatile.Read(ref _isMeasuring))
        {
            _latencies.Add(Stopwatch.GetTimestamp() - sentAt);
        }
    }

    private void SendMore(LoadConnection connection, int count) => SendMore(connection, count, _frames);

    private void SendMore(LoadConnection connection, int count, byte[] frames)
    {
        var number = Interlocked.Add(ref _requests, count);
        if (number * _plan.Size > MostBytes)
        {
            _enough.Set();
        }

        if (Volatile.Read(ref _isOver))
        {
            return;
        }

        var bytes = 0;
        for (var i = 0; i < count; i++)
        {
            bytes += _frame.Write(frames.AsSpan(bytes), number - i);
        }

        connection.Send(frames.AsSpan(0, bytes), count);
    }

    private static int RoundUp(int window) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)window);
}
