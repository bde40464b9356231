using System.Text;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Tests.RunPod;

/// <summary>Writes down what a job's observer is told, in order.</summary>
internal sealed class RecordingObserver : IJobObserver
{
    private readonly Lock _lock = new();
    private readonly List<string> _events = [];
    private readonly List<JobStart> _starts = [];
    private readonly List<string> _outputs = [];
    private readonly Dictionary<int, TaskCompletionSource> _awaited = [];

    public IReadOnlyList<string> Events => Copy(_events);

    public IReadOnlyList<JobStart> Starts => Copy(_starts);

    public IReadOnlyList<string> Outputs => Copy(_outputs);

    public long LeftAt { get; set; }

    public void OnStarted(JobStart start)
    {
        lock (_lock)
        {
            _starts.Add(start);
            Add($"started {start.Attempt}");
        }
    }

    public void OnOutput(ReadOnlySpan<byte> output)
    {
        lock (_lock)
        {
            var text = Encoding.UTF8.GetString(output);
            _outputs.Add(text);
            Add(text);
        }
    }

    /// <summary>Completes when so many events have come.</summary>
    public Task CountAsync(int count, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_awaited.TryGetValue(count, out var awaited))
            {
                _awaited[count] = awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (_events.Count >= count)
            {
                awaited.TrySetResult();
            }

            return awaited.Task.WaitAsync(cancellationToken);
        }
    }

    private void Add(string text)
    {
        _events.Add(text);
        foreach (var (count, awaited) in _awaited)
        {
            if (_events.Count >= count)
            {
                awaited.TrySetResult();
            }
        }
    }

    private IReadOnlyList<T> Copy<T>(List<T> list)
    {
        lock (_lock)
        {
            return [.. list];
        }
    }
}
