namespace Ingress.Tests.Hostile;

/// <summary>Sees exceptions of tasks that nobody looked at. Only one at a time makes sense: it sees those of the whole process.</summary>
internal sealed class FaultWatch : IDisposable
{
    private readonly List<Exception> _unobserved = [];

    public FaultWatch()
    {
        // What earlier tests left behind is not ours.
        Collect();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
    }

    /// <summary>Collects garbage, so that forgotten tasks show, and gives the exceptions found so far.</summary>
    public IReadOnlyList<Exception> Unobserved()
    {
        Collect();
        lock (_unobserved)
        {
            return [.. _unobserved];
        }
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= OnUnobserved;

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        lock (_unobserved)
        {
            _unobserved.Add(e.Exception);
        }
    }
}
