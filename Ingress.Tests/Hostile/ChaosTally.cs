using System.Collections.Concurrent;

namespace Ingress.Tests.Hostile;

/// <summary>What happened in a chaos run, counted by name, and what must not have. Thread-safe.</summary>
internal sealed class ChaosTally
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _wrongs = new();

    public IReadOnlyCollection<string> Wrongs => _wrongs;

    public int this[string name] => _counts.GetValueOrDefault(name);

    public void Count(string name, int by = 1) => _counts.AddOrUpdate(name, by, (_, count) => count + by);

    public void Wrong(string what) => _wrongs.Enqueue(what);

    public override string ToString() =>
        string.Join(", ", _counts.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key} {pair.Value:N0}"));
}
