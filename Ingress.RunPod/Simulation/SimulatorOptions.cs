namespace Ingress.RunPod.Simulation;

/// <summary>What the simulated RunPod is like: its workers, its speed, its limits and what goes wrong.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The configuration section these options are read from.</summary>
    public const string SectionName = "Simulator";

    /// <summary>Gets or sets the most workers of one endpoint.</summary>
    /// <value>0 to 1,000. The default is 3. With 0, jobs are accepted and wait.</value>
    public int MaxWorkers { get; set; } = 3;

    /// <summary>Gets or sets how many workers stay up without any demand.</summary>
    /// <value>0 to 1,000. The default is 0: scale to zero.</value>
    public int MinWorkers { get; set; }

    /// <summary>Gets or sets how many workers are placed and scaled down (<c>idle</c>, startable) before the first job comes.</summary>
    /// <value>0 to 1,000. The default is 0: all six counts start at zero.</value>
    public int InitialIdleWorkers { get; set; }

    /// <summary>Gets or sets how many jobs one worker runs at a time.</summary>
    /// <value>1 to 1,000. The default is 1.</value>
    public int ConcurrencyPerWorker { get; set; } = 1;

    /// <summary>Gets or sets how many of the workers cannot get a GPU.</summary>
    /// <value>0 to 1,000. The default is 0.</value>
    public int Throttled { get; set; }

    /// <summary>Gets or sets the time from a worker's start to its first job.</summary>
    /// <value>0 s to 1 day. The default is 2 s.</value>
    public TimeSpan ColdStart { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long a worker without jobs stays up.</summary>
    /// <value>0 s to 1 h. The default is 5 s.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how workers are added.</summary>
    /// <value>The default is <see cref="SimulatedScaler.QueueDelay"/>.</value>
    public SimulatedScaler Scaler { get; set; } = SimulatedScaler.QueueDelay;

    /// <summary>Gets or sets the wait after which <see cref="SimulatedScaler.QueueDelay"/> adds a worker.</summary>
    /// <value>0 s to 1 h. The default is 4 s.</value>
    public TimeSpan QueueDelay { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Gets or sets the requests per worker that <see cref="SimulatedScaler.RequestCount"/> aims at.</summary>
    /// <value>1 to 10,000. The default is 1.</value>
    public int RequestCount { get; set; } = 1;

    /// <summary>Gets or sets the time the built-in handler takes for each chunk.</summary>
    /// <value>0 s to 1 h. The default is 80 ms.</value>
    public TimeSpan ChunkDelay { get; set; } = TimeSpan.FromMilliseconds(80);

    /// <summary>Gets or sets the time before the built-in handler's first chunk, on top of <see cref="ChunkDelay"/>.</summary>
    /// <value>0 s to 1 h. The default is 0.</value>
    public TimeSpan FirstChunkDelay { get; set; }

    /// <summary>Gets or sets how long a job without stream takes.</summary>
    /// <value>0 s to 7 days. The default is 1 s.</value>
    public TimeSpan JobDuration { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Gets or sets how long a stopped handler still holds its place on the worker: CANCELLED does not mean that the GPU is free.
    /// </summary>
    /// <value>0 s to 1 h. The default is 100 ms.</value>
    public TimeSpan StopDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets a value indicating whether <c>/status</c> gives all yields of a stream as a list at the end.</summary>
    /// <value>The default is false: no output there.</value>
    public bool ReturnAggregateStream { get; set; }

    /// <summary>Gets or sets how old the counts of <c>/health</c> and <c>/metrics</c> are.</summary>
    /// <value>0 s to 10 min. The default is 1 s.</value>
    public TimeSpan HealthLag { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the network delay of each call, half of it on the way in and half on the way out.</summary>
    /// <value>0 s to 1 min. The default is 0.</value>
    public TimeSpan Latency { get; set; }

    /// <summary>Gets or sets a value indicating whether RunPod's rate limits are enforced with 429.</summary>
    /// <value>The default is true.</value>
    public bool Limits { get; set; } = true;

    /// <summary>Gets or sets the <c>Retry-After</c> that a 429 carries; null sends none, as RunPod promises none.</summary>
    /// <value>0 s to 1 h. The default is null.</value>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>Gets or sets how long the result of a <c>/run</c> job can be read after its end.</summary>
    /// <value>0 s to 7 days. The default is 30 min.</value>
    public TimeSpan Retention { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Gets or sets how long the result of a <c>/runsync</c> job can be read after its end.</summary>
    /// <value>0 s to 7 days. The default is 1 min.</value>
    public TimeSpan SyncRetention { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets the execution timeout of jobs whose policy names none.</summary>
    /// <value>5 s to 7 days. The default is 10 min.</value>
    public TimeSpan ExecutionTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets the time to live of jobs whose policy names none.</summary>
    /// <value>10 s to 7 days. The default is 24 h.</value>
    public TimeSpan JobTtl { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Gets or sets a value indicating whether a job over its execution timeout ends as FAILED. RunPod's pages say both.</summary>
    /// <value>The default is false: TIMED_OUT.</value>
    public bool TimeoutFails { get; set; }

    /// <summary>Gets or sets how likely a worker dies in the middle of a job.</summary>
    /// <value>0 to 1. The default is 0.</value>
    public double CrashProbability { get; set; }

    /// <summary>Gets or sets how likely a worker dies while it starts; 1 is a crash loop.</summary>
    /// <value>0 to 1. The default is 0.</value>
    public double StartFailureProbability { get; set; }

    /// <summary>
    /// Gets or sets how long a worker is unhealthy after its first crash; the time doubles with each further one, up to 5 minutes.
    /// </summary>
    /// <value>10 ms to 5 min. The default is 1 s.</value>
    public TimeSpan CrashBackoff { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how often the platform runs a job again whose worker was lost, before the job fails.</summary>
    /// <value>0 to 1,000. The default is 3.</value>
    public int MaxRetries { get; set; } = 3;

    /// <summary>Gets or sets the silence after which an attached worker counts as lost and its jobs are run again.</summary>
    /// <value>100 ms to 1 day. The default is 30 s.</value>
    public TimeSpan WorkerLostAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the seed of every random decision, so that a run can be repeated.</summary>
    /// <value>The default is 1.</value>
    public int Seed { get; set; } = 1;

    /// <summary>Gets or sets the only API key accepted; null accepts any.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Gets or sets the fault script: rules that are in force from the start.</summary>
    public IList<SimulatorFault> Faults { get; set; } = [];

    /// <summary>Checks every value against its range.</summary>
    /// <param name="options">The options to look at.</param>
    /// <returns>One message for each bad value, naming its key, the value and the rule; nothing if all is well.</returns>
    public static IEnumerable<string> Validate(SimulatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return SimulatorOptionsRules.Check(options);
    }

    /// <summary>Copies the settings; the list of faults is copied, its rules are shared.</summary>
    internal SimulatorOptions Copy()
    {
        var copy = (SimulatorOptions)MemberwiseClone();
        copy.Faults = [.. Faults];
        return copy;
    }
}
