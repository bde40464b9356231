using Ingress.Pipeline.Forwarding;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingress.Pipeline.Queueing;

/// <summary>The lanes of all endpoints; the first is the default.</summary>
internal sealed class LaneCatalog
{
    private readonly Dictionary<string, EndpointLane> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Initializes a new instance with a lane for each backend.</summary>
    /// <param name="backends">The backends; at least one, the default first.</param>
    /// <param name="options">The bounds of each queue.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where the queues' lengths are logged.</param>
    public LaneCatalog(
        IReadOnlyList<IJobBackend> backends, IOptions<QueueOptions> options, TimeProvider time, ILogger<QueueLengthLog> logger)
    {
        foreach (var backend in backends)
        {
            var queue = new RequestQueue(options.Value.Capacity, options.Value.MaxBytes);
            backend.Attach(queue);
            _byName.Add(
                backend.Name,
                new EndpointLane(backend, queue, new WaitEstimator(time), new QueueLengthLog(backend.PollInterval, time, logger)));
        }

        All = [.. backends.Select(backend => _byName[backend.Name])];
    }

    /// <summary>Gets all lanes, the default first.</summary>
    public IReadOnlyList<EndpointLane> All { get; }

    /// <summary>Finds a lane.</summary>
    /// <param name="endpoint">The name that the request gives; null for the default.</param>
    /// <returns>The lane, or null where no endpoint has that name.</returns>
    public EndpointLane? Find(string? endpoint) => endpoint is null ? All[0] : _byName.GetValueOrDefault(endpoint);
}
