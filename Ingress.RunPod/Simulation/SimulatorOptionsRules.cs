using System.Globalization;

namespace Ingress.RunPod.Simulation;

/// <summary>The ranges of <see cref="SimulatorOptions"/> and of the fault rules.</summary>
internal static class SimulatorOptionsRules
{
    public static IEnumerable<string> Check(SimulatorOptions options) =>
        Workers(options).Concat(Times(options)).Concat(Chances(options))
            .Concat(options.Faults.SelectMany((fault, i) => Check(fault, $"Faults:{i}")))
            .OfType<string>();

    /// <summary>Checks one fault rule. <paramref name="path"/> is its key below the section, for the message.</summary>
    public static IEnumerable<string> Check(SimulatorFault fault, string path) => Fault(fault, path).OfType<string>();

    private static IEnumerable<string?> Workers(SimulatorOptions o)
    {
        yield return Number(nameof(o.MaxWorkers), o.MaxWorkers, 0, 1_000);
        yield return Number(nameof(o.MinWorkers), o.MinWorkers, 0, 1_000);
        yield return Number(nameof(o.InitialIdleWorkers), o.InitialIdleWorkers, 0, 1_000);
        yield return Number(nameof(o.ConcurrencyPerWorker), o.ConcurrencyPerWorker, 1, 1_000);
        yield return Number(nameof(o.Throttled), o.Throttled, 0, 1_000);
        yield return Number(nameof(o.RequestCount), o.RequestCount, 1, 10_000);
        yield return Number(nameof(o.MaxRetries), o.MaxRetries, 0, 1_000);
        yield return Enum.IsDefined(o.Scaler) ? null : Message(nameof(o.Scaler), o.Scaler, OneOf(Enum.GetNames<SimulatedScaler>()));
    }

    private static IEnumerable<string?> Times(SimulatorOptions o)
    {
        var day = TimeSpan.FromDays(1);
        var hour = TimeSpan.FromHours(1);
        yield return Time(nameof(o.ColdStart), o.ColdStart, TimeSpan.Zero, day);
        yield return Time(nameof(o.IdleTimeout), o.IdleTimeout, TimeSpan.Zero, hour);
        yield return Time(nameof(o.QueueDelay), o.QueueDelay, TimeSpan.Zero, hour);
        yield return Time(nameof(o.ChunkDelay), o.ChunkDelay, TimeSpan.Zero, hour);
        yield return Time(nameof(o.FirstChunkDelay), o.FirstChunkDelay, TimeSpan.Zero, hour);
        yield return Time(nameof(o.JobDuration), o.JobDuration, TimeSpan.Zero, day * 7);
        yield return Time(nameof(o.StopDelay), o.StopDelay, TimeSpan.Zero, hour);
        yield return Time(nameof(o.HealthLag), o.HealthLag, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        yield return Time(nameof(o.Latency), o.Latency, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        yield return Time(nameof(o.RetryAfter), o.RetryAfter, TimeSpan.Zero, hour);
        yield return Time(nameof(o.Retention), o.Retention, TimeSpan.Zero, day * 7);
        yield return Time(nameof(o.SyncRetention), o.SyncRetention, TimeSpan.Zero, day * 7);
        yield return Time(nameof(o.ExecutionTimeout), o.ExecutionTimeout, SimulatedPolicy.MinExecutionTimeout, SimulatedPolicy.Longest);
        yield return Time(nameof(o.JobTtl), o.JobTtl, SimulatedPolicy.MinTtl, SimulatedPolicy.Longest);
        yield return Time(nameof(o.CrashBackoff), o.CrashBackoff, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(5));
        yield return Time(nameof(o.WorkerLostAfter), o.WorkerLostAfter, TimeSpan.FromMilliseconds(100), day);
    }

    private static IEnumerable<string?> Chances(SimulatorOptions o)
    {
        yield return Chance(nameof(o.CrashProbability), o.CrashProbability);
        yield return Chance(nameof(o.StartFailureProbability), o.StartFailureProbability);
    }

    private static IEnumerable<string?> Fault(SimulatorFault f, string path)
    {
        var hour = TimeSpan.FromHours(1);
        yield return f.Operation == "*" || SimulatedOperations.TryParse(f.Operation, out _)
            ? null
            : Message($"{path}:Operation", f.Operation, OneOf(["*", .. SimulatedOperations.Names]));
        yield return Enum.IsDefined(f.Kind) ? null : Message($"{path}:Kind", f.Kind, OneOf(Enum.GetNames<SimulatorFaultKind>()));
        yield return f.Status is { } status ? Number($"{path}:Status", status, 200, 599) : null;
        yield return f.Count is { } count ? Number($"{path}:Count", count, 1, int.MaxValue) : null;
        yield return Number($"{path}:Skip", f.Skip, 0, int.MaxValue);
        yield return Chance($"{path}:Probability", f.Probability);
        yield return Time($"{path}:RetryAfter", f.RetryAfter, TimeSpan.Zero, hour);
        yield return Time($"{path}:After", f.After, TimeSpan.Zero, TimeSpan.FromDays(1));
        yield return Time($"{path}:Delay", f.Delay, TimeSpan.Zero, hour);
    }

    private static string? Number(string key, int value, int low, int high) =>
        value >= low && value <= high ? null : Message(key, value, $"must be between {low} and {high}");

    private static string? Time(string key, TimeSpan? value, TimeSpan low, TimeSpan high) =>
        value is not { } time || (time >= low && time <= high) ? null : Message(key, time, $"must be between {low:c} and {high:c}");

    private static string? Chance(string key, double value) =>
        value is >= 0 and <= 1 ? null : Message(key, value, "must be between 0 and 1");

    private static string OneOf(IEnumerable<string> names) => "must be one of " + string.Join(", ", names);

    private static string Message(string key, object value, string rule) =>
        string.Create(CultureInfo.InvariantCulture, $"{SimulatorOptions.SectionName}:{key} is '{value}': {rule}");
}
