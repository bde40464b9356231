namespace Ingress.Benchmarks.Scaling;

/// <summary>What stands between the clients and the endpoint.</summary>
internal interface IGate : IAsyncDisposable
{
    /// <summary>Gets how many requests wait here.</summary>
    int Waiting { get; }

    /// <summary>Gets how many more could go now, as the gate sees it; null where it does not think so.</summary>
    int? FreeSlots { get; }

    /// <summary>Takes all requests in at once.</summary>
    Task SendAsync(int count);
}
