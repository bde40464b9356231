using System.Diagnostics;

namespace Ingress.Api.Send;

/// <summary>
/// For people: the words as they come on the standard output, and on the other one where the request stands; for many requests a bar
/// instead. What is drawn over itself needs a terminal, and is left out elsewhere.
/// </summary>
/// <param name="output">Where the words go.</param>
/// <param name="notes">Where everything else goes.</param>
/// <param name="isTerminal">Whether the notes are read by a person at a terminal.</param>
/// <param name="total">How many requests there are.</param>
internal sealed class TextView(TextWriter output, TextWriter notes, bool isTerminal, int total) : ISendView
{
    private const int BarWidth = 28;
    private const string EraseLine = "\r\u001b[2K";
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(80);

    private readonly HashSet<SentRequest> _live = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private long _drawnAt;
    private int _ended;
    private int _failed;
    private bool _midLine;
    private bool _noteDrawn;

    /// <inheritdoc/>
    public void Show(SentRequest? request, ReceivedEvent received)
    {
        if (request is null)
        {
            if (received.Type is "session.closing" or "error")
            {
                Line(received.Type == "error" ? received.Reason : "The service is about to stop; what runs may still end.");
            }
        }
        else if (total == 1)
        {
            ShowOne(received);
        }
        else
        {
            ShowMany(request, received);
        }
    }

    /// <inheritdoc/>
    public void Finish(SendSummary summary)
    {
        Erase();
        EndLine();
        notes.Write(summary.ToText());
        notes.Flush();
    }

    private void ShowOne(ReceivedEvent received)
    {
        switch (received.Type)
        {
            case "request.queued" or "request.position":
                var why = received.Body.GetProperty("waitReason").GetString()?.Replace('_', ' ');
                Note($"place {received.Number("position")} of {received.Number("queueLength")}, {Expected(received)}: {why}");
                break;
            case "request.dispatched":
                Note("handed over to RunPod");
                break;
            case "request.started":
                Note("started");
                break;
            case "request.failed" or "request.cancelled" or "request.rejected":
                Line(received.Reason);
                break;
        }

        if (received.Output is { Length: > 0 } words)
        {
            Erase();
            output.Write(words);
            output.Flush();
            _midLine = !words.EndsWith('\n');
        }
    }

    private void ShowMany(SentRequest request, ReceivedEvent received)
    {
        _live.Add(request);
        if (received.IsEnd)
        {
            _live.Remove(request);
            _ended++;
            if (!request.IsCompleted)
            {
                _failed++;
                Line($"{request.Id}: {received.Reason}");
            }
        }

        if (_ended == total || Stopwatch.GetElapsedTime(_drawnAt) >= RedrawInterval)
        {
            _drawnAt = Stopwatch.GetTimestamp();
            var waiting = _live.Count(static one => one.IsWaiting);
            var done = _ended * BarWidth / total;
            Note($"{new string('█', done)}{new string('░', BarWidth - done)} {_ended}/{total}  {waiting} waiting  {_live.Count - waiting} running  "
                + $"{_failed} failed  {Stopwatch.GetElapsedTime(_began).TotalSeconds:0.0} s");
        }
    }

    private static string Expected(ReceivedEvent received) => received.Number("estimatedWaitMs") is { } likely
        ? $"about {TimeSpan.FromMilliseconds(likely).TotalSeconds:0.#} s"
        : "nobody knows how long";

    private void Note(string text)
    {
        if (isTerminal && !_midLine)
        {
            notes.Write($"{EraseLine}{text}");
            notes.Flush();
            _noteDrawn = true;
        }
    }

    private void Line(string text)
    {
        Erase();
        EndLine();
        notes.WriteLine(text);
        notes.Flush();
    }

    private void Erase()
    {
        if (_noteDrawn)
        {
            notes.Write(EraseLine);
            notes.Flush();
            _noteDrawn = false;
        }
    }

    private void EndLine()
    {
        if (_midLine)
        {
            output.WriteLine();
            output.Flush();
            _midLine = false;
        }
    }
}
