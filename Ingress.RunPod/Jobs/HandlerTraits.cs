namespace Ingress.RunPod.Jobs;

/// <summary>What an endpoint's finished jobs have shown of its handler. Thread-safe; a moment's staleness costs nothing.</summary>
internal sealed class HandlerTraits
{
    private volatile bool _streams;
    private volatile bool _knowsAggregate;
    private volatile bool _aggregates;

    /// <summary>Gets whether a job has streamed.</summary>
    public bool Streams => _streams;

    /// <summary>
    /// Gets whether the list of all chunks may be had once a job is done. Unknown counts as yes until the first job that streamed is done.
    /// </summary>
    public bool MayAggregate => !_knowsAggregate || _aggregates;

    /// <summary>A job that streamed is done.</summary>
    public void Learn(bool hadAggregate)
    {
        _streams = true;
        _aggregates = hadAggregate;
        _knowsAggregate = true;
    }
}
