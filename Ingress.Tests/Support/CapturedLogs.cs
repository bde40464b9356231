using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ingress.Tests.Support;

/// <summary>Keeps what a host logs, with everything that a log store would get of it. Thread-safe.</summary>
internal sealed class CapturedLogs : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<CapturedLine> _lines = new();
    private readonly ConcurrentDictionary<TaskCompletionSource<CapturedLine>, Func<CapturedLine, bool>> _waiting = new();
    private IExternalScopeProvider? _scopes;

    /// <summary>Gets all lines so far.</summary>
    public IReadOnlyCollection<CapturedLine> Lines => _lines;

    /// <summary>Waits for a line; one that is there already counts.</summary>
    /// <param name="wanted">Which.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<CapturedLine> WaitForAsync(Func<CapturedLine, bool> wanted, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<CapturedLine>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.TryAdd(found, wanted);
        try
        {
            if (_lines.FirstOrDefault(wanted) is { } line)
            {
                return line;
            }

            return await found.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _waiting.TryRemove(found, out _);
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Add(CapturedLine line)
    {
        _lines.Enqueue(line);
        foreach (var (source, wanted) in _waiting)
        {
            if (wanted(line))
            {
                source.TrySetResult(line);
            }
        }
    }

    private sealed class Logger(CapturedLogs owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => owner._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var details = new List<string>();
            if (state is IEnumerable<KeyValuePair<string, object?>> pairs)
            {
                details.AddRange(pairs.Select(static pair => $"{pair.Key}={pair.Value}"));
            }

            owner._scopes?.ForEachScope(static (scope, found) => found.Add(scope?.ToString() ?? string.Empty), details);
            owner.Add(new CapturedLine(DateTimeOffset.UtcNow, category, logLevel, eventId, formatter(state, exception), exception, details));
        }
    }
}
