using System.Collections.Concurrent;

namespace Ingress.RunPod.Simulation;

/// <summary>The simulated RunPod without its HTTP side: the endpoints, the settings, the faults. Thread-safe.</summary>
internal sealed class Simulator : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, SimulatedEndpoint> _endpoints = new(StringComparer.Ordinal);
    private SimulatorOptions _options;
    private long _accepted;

    public Simulator(SimulatorOptions options, TimeProvider time)
    {
        _options = options.Copy();
        _time = time;
        Dice = new SimulatorDice(options.Seed);
        Faults = new SimulatorFaults(time, Dice);
        Faults.Add(options.Faults);
    }

    /// <summary>Gets the settings that endpoints start with. They must not be changed, only replaced.</summary>
    public SimulatorOptions Options => Volatile.Read(ref _options);

    public SimulatorFaults Faults { get; }

    public SimulatorDice Dice { get; }

    public TimeProvider Time => _time;

    /// <summary>Gets the endpoints used so far, by id.</summary>
    public IReadOnlyList<SimulatedEndpoint> Endpoints =>
        [.. _endpoints.Values.OrderBy(static endpoint => endpoint.Id, StringComparer.Ordinal)];

    /// <summary>Gives an endpoint, with workers and a queue of its own; the first use makes it.</summary>
    public SimulatedEndpoint Endpoint(string id)
    {
        if (_endpoints.TryGetValue(id, out var known))
        {
            return known;
        }

        // Under a lock, so that two first calls do not make two endpoints, one of them with a job that nobody finds again.
        lock (_gate)
        {
            return _endpoints.GetOrAdd(id, MakeEndpoint);
        }
    }

    /// <summary>Puts new settings in force: for one endpoint, or for all and for those to come.</summary>
    public void Apply(SimulatorOptions options, string? endpointId)
    {
        if (endpointId is not null)
        {
            Endpoint(endpointId).Options = options;
            return;
        }

        lock (_gate)
        {
            if (options.Seed != _options.Seed)
            {
                Dice.Reseed(options.Seed);
            }

            Volatile.Write(ref _options, options);
            foreach (var endpoint in _endpoints.Values)
            {
                endpoint.Options = options;
            }
        }
    }

    /// <summary>Gives every job of every endpoint in the order of acceptance.</summary>
    public JobRecord[] Jobs(string? endpointId = null) =>
        [.. Endpoints.Where(endpoint => endpointId is null || endpoint.Id == endpointId)
            .SelectMany(static endpoint => endpoint.Jobs())
            .OrderBy(static job => job.Sequence)];

    /// <summary>Gives the jobs of every endpoint that wait or run.</summary>
    public IEnumerable<JobRecord> OpenJobs() => Endpoints.SelectMany(static endpoint => endpoint.OpenJobs());

    /// <summary>Forgets endpoints, jobs and counters, and starts the dice and the fault script afresh. The settings stay.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            RemoveEndpoints();
            Dice.Reseed(_options.Seed);
            Faults.Clear();
            Faults.Add(_options.Faults);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            RemoveEndpoints();
        }
    }

    private SimulatedEndpoint MakeEndpoint(string id) => new(id, _options, _time, Dice, () => Interlocked.Increment(ref _accepted));

    private void RemoveEndpoints()
    {
        foreach (var id in _endpoints.Keys)
        {
            if (_endpoints.TryRemove(id, out var endpoint))
            {
                endpoint.Dispose();
            }
        }
    }
}
