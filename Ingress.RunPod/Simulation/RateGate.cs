namespace Ingress.RunPod.Simulation;

/// <summary>
/// One of RunPod's limits: so many calls in any 10 s, and so many at once, open long-polls included. Lock held for all.
/// </summary>
/// <remarks>The limits hold per user and endpoint; there is one user here. RunPod does not say what window it uses: a sliding one is
/// the strictest.</remarks>
internal sealed class RateGate(int perWindow, int perWindowAndWorker, int atOnce)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Queue<TimeSpan> _taken = new();
    private int _open;

    /// <summary>Lets a call in or not. Whoever got in has to <see cref="Leave"/>.</summary>
    /// <param name="now">The time.</param>
    /// <param name="runningWorkers">The workers that are up: with them the rate grows once they allow more than the base does.</param>
    /// <param name="enforced">False lets everybody in, but counts them.</param>
    public bool TryEnter(TimeSpan now, int runningWorkers, bool enforced)
    {
        while (_taken.TryPeek(out var oldest) && oldest <= now - Window)
        {
            _taken.Dequeue();
        }

        var limit = Math.Max(perWindow, runningWorkers * perWindowAndWorker);
        if (enforced && (_open >= atOnce || _taken.Count >= limit))
        {
            return false;
        }

        _taken.Enqueue(now);
        _open++;
        return true;
    }

    public void Leave() => _open--;
}
