using System.Globalization;
using Ingress.Pipeline.Operations;
using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Hostile;

/// <summary>
/// Everything goes wrong at once, on both sides, by a seed. INGRESS_CHAOS_SECONDS, INGRESS_CHAOS_CLIENTS and INGRESS_CHAOS_SEED make the
/// long form of it.
/// </summary>
[NonParallelizable]
public sealed class ChaosTests
{
    private const long MostGrowth = 64 << 20;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Setting("INGRESS_CHAOS_SECONDS", 8));
    private static readonly int Clients = Setting("INGRESS_CHAOS_CLIENTS", 60);
    private static readonly int Seed = Setting("INGRESS_CHAOS_SEED", 4);

    private static readonly (string Key, string? Value)[] Settings =
    [
        ("Simulator:MaxWorkers", "60"),
        ("Simulator:InitialIdleWorkers", "60"),
        ("Simulator:Limits", "false"),
        ("Simulator:CrashBackoff", "00:00:00.1"),
        ("Simulator:Retention", "00:00:20"),
        ("Simulator:Seed", Seed.ToString(CultureInfo.InvariantCulture)),
        ("RunPod:MaxWorkers", "60"),
        ("RunPod:ExecutionTimeout", "00:00:06"),
        ("RunPod:JobTtl", "00:00:20"),
        ("Session:ResumeGrace", ChaosClient.Grace.ToString()),

        // With RunPod's pace, 100 in 10 s, so many clients would always leave more cancels due than may be made, and a job that nobody
        // cancels could not be told from one that has to wait for its turn. 20 at once it stays.
        ("RunPod:Limits:CancelRequests", "100000"),
        ("Logging:LogLevel:Default", "Warning"),
    ];

    private static readonly SimulatorFault[] Faults =
    [
        new() { Operation = "run", Kind = SimulatorFaultKind.Status, Status = 429, RetryAfter = TimeSpan.Zero, Probability = 0.05 },
        new() { Operation = "run", Kind = SimulatorFaultKind.Status, Status = 500, Probability = 0.02 },
        new() { Operation = "run", Kind = SimulatorFaultKind.Status, Status = 502, Processed = true, Probability = 0.01 },
        new() { Operation = "run", Kind = SimulatorFaultKind.Hang, Delay = TimeSpan.FromSeconds(2), Probability = 0.01 },
        new() { Operation = "run", Kind = SimulatorFaultKind.ResetBefore, Probability = 0.01 },
        new() { Operation = "run", Kind = SimulatorFaultKind.ResetAfter, Probability = 0.01 },
        new() { Operation = "stream", Kind = SimulatorFaultKind.Status, Status = 429, Probability = 0.03 },
        new() { Operation = "stream", Kind = SimulatorFaultKind.Hang, Delay = TimeSpan.FromSeconds(3), Probability = 0.01 },
        new() { Operation = "stream", Kind = SimulatorFaultKind.ResetAfter, Probability = 0.02 },
        new() { Operation = "stream", Kind = SimulatorFaultKind.Truncate, Probability = 0.01 },
        new() { Operation = "status", Kind = SimulatorFaultKind.Status, Status = 500, Probability = 0.05 },
        new() { Operation = "status", Kind = SimulatorFaultKind.Garbage, Probability = 0.02 },
        new() { Operation = "cancel", Kind = SimulatorFaultKind.Status, Status = 500, Probability = 0.1 },
        new() { Operation = "cancel", Kind = SimulatorFaultKind.Status, Status = 429, Probability = 0.1 },
        new() { Operation = "cancel", Kind = SimulatorFaultKind.ResetBefore, Probability = 0.05 },
        new() { Operation = "health", Kind = SimulatorFaultKind.Html, Probability = 0.1 },
        new() { Operation = "health", Kind = SimulatorFaultKind.Hang, Delay = TimeSpan.FromSeconds(1), Probability = 0.05 },
    ];

    [Test]
    [CancelAfter(900_000)]
    public async Task Clients_ThatComeSendCancelBreakResumeAndVanishWhileRunPodFails_NothingIsLostNorLeft(CancellationToken cancellationToken)
    {
        await using var server = await AttackedServer.StartAsync(cancellationToken, Settings);
        var engine = server.Server.Simulator!.Engine;
        await server.AskAsync(cancellationToken);
        engine.Faults.Add(Faults);
        var tally = new ChaosTally();
        var orphans = new ChaosOrphans(engine, tally);
        using var allOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = Task.Run(() => orphans.RunAsync(allOver.Token), CancellationToken.None);
        using var over = new CancellationTokenSource(Duration);
        var clients = Enumerable.Range(0, Clients)
            .Select(number => Task.Run(() => new ChaosClient(server.Address, number, Seed, tally, orphans).RunAsync(over.Token), cancellationToken)).ToArray();
        await Task.Delay(Duration / 3, cancellationToken);
        var early = GC.GetTotalMemory(forceFullCollection: true);
        await Task.WhenAll(clients).WaitAsync(cancellationToken);
        var late = GC.GetTotalMemory(forceFullCollection: true);
        var hits = engine.Faults.List().Sum(static fault => fault.Hits);
        engine.Faults.Clear();
        await WaitForNoJobsAsync(engine, cancellationToken);
        await allOver.CancelAsync();
        await watching;
        await server.AssertUnharmedAsync(cancellationToken);

        Report(server, tally, hits, early, late);
        tally.Wrongs.GroupBy(static wrong => wrong).Select(static wrongs => $"{wrongs.Count()} times {wrongs.Key}").Should().BeEmpty();
        (late - early).Should().BeLessThan(MostGrowth);
        var totals = server.Server.Get<PipelineOperations>().Status().Totals;
        totals.Queued.Should().Be(totals.Completed + totals.Failed + totals.Cancelled + totals.Expired + totals.Skipped, "each ends once");
    }

    // What nobody knows the id of ends by the policy that it was given; all else was cancelled long before.
    private static async Task WaitForNoJobsAsync(Simulator engine, CancellationToken cancellationToken)
    {
        while (engine.OpenJobs().Any())
        {
            await Task.Delay(50, cancellationToken);
        }
    }

    private static void Report(AttackedServer server, ChaosTally tally, int hits, long early, long late)
    {
        var totals = server.Server.Get<PipelineOperations>().Status().Totals;
        TestContext.Out.WriteLine($"{Clients} clients, {Duration.TotalSeconds:F0} s, seed {Seed}, {hits:N0} faults at RunPod");
        TestContext.Out.WriteLine(tally.ToString());
        TestContext.Out.WriteLine(totals.ToString());
        TestContext.Out.WriteLine($"heap after a full collection: {early >> 20} MiB at one third, {late >> 20} MiB at the end");
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
