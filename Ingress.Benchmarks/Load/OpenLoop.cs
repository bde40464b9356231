using System.Diagnostics;
using Ingress.Benchmarks.Reporting;

namespace Ingress.Benchmarks.Load;

/// <summary>
/// Requests follow the clock, so that a server that stalls is sent the next ones all the same. A latency begins with the send; how late
/// the sends themselves were is told beside it.
/// </summary>
internal sealed class OpenLoop
{
    private const int MostOpen = 4096;
    private readonly LoadPlan _plan;
    private readonly LatencyHistogram _latencies = new();
    private readonly LoadConnection[] _connections;
    private readonly RequestFrame _frame;
    private readonly byte[] _bytes;
    private long _answers;
    private long _requests;
    private TimeSpan _latest;
    private bool _isMeasuring;

    private OpenLoop(LoadPlan plan)
    {
        _plan = plan;
        _frame = new RequestFrame(plan.Size);
        _bytes = new byte[_frame.Length];
        _connections = new LoadConnection[plan.Connections];
    }

    public static LoadResult Run(LoadPlan plan) => new OpenLoop(plan).Run();

    private LoadResult Run()
    {
        for (var i = 0; i < _connections.Length; i++)
        {
            _connections[i] = new LoadConnection(_plan.Server, _plan.Subprotocol, MostOpen) { Answered = Answered };
            _connections[i].Start();
        }

        SendFor(_plan.WarmUp);
        Volatile.Write(ref _isMeasuring, true);
        _latest = TimeSpan.Zero;
        var window = MeasuredWindow.Begin(_plan.ServerPid, Volatile.Read(ref _answers));
        SendFor(_plan.Measured);
        var result = window.End(Volatile.Read(ref _answers));
        return result with
        {
            P50Microseconds = _latencies.Microseconds(0.5),
            P99Microseconds = _latencies.Microseconds(0.99),
            LateMicroseconds = _latest.TotalMicroseconds,
            Refused = _connections.Sum(static connection => connection.Refused),
            Failed = _connections.Count(static connection => connection.HasFailed),
        };
    }

    private void SendFor(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        long sent = 0;
        for (var elapsed = TimeSpan.Zero; elapsed < time; elapsed = Stopwatch.GetElapsedTime(start))
        {
            for (var due = (long)(elapsed.TotalSeconds * _plan.Rate); sent < due; sent++)
            {
                var late = elapsed - TimeSpan.FromSeconds(sent / (double)_plan.Rate);
                _latest = late > _latest ? late : _latest;
                _frame.Write(_bytes, ++_requests);
                _connections[_requests % _connections.Length].Send(_bytes, 1);
            }

            // The clock sets the pace, whatever the server does; how late a send was is part of the result.
            Thread.Sleep(1);
        }
    }

    private void Answered(long sentAt)
    {
        Volatile.Write(ref _answers, _answers + 1);
        if (Volatile.Read(ref _isMeasuring))
        {
            _latencies.Add(Stopwatch.GetTimestamp() - sentAt);
        }
    }
}
