using Ingress.Pipeline.Forwarding;
using Ingress.RunPod.Capacity;

namespace Ingress.Tests.RunPod;

public sealed class CapacityRulesTests
{
    private const int Fresh = 200;

    // name, idle, init, ready, running, throttled, unhealthy, inProgress, inQueue, ownPeak, own, waiting → free, reason, state
    // Three workers of one job each, scaler value 1, unless the row's name says otherwise.
    private static readonly object[][] Rows =
    [
        ["warm slot", 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, WaitReason.WorkersBusy, BackendState.Ready],
        ["warm slot, worker busy with ours", 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["three warm workers, one busy", 0, 0, 0, 3, 0, 0, 1, 0, 1, 1, 5, 2, WaitReason.WorkersBusy, BackendState.Ready],
        ["startable worker", 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, WaitReason.WorkersStarting, BackendState.Ready],
        ["startable worker already asked for", 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, WaitReason.WorkersStarting, BackendState.Starting],
        ["ready is idle and never added", 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 9, 2, WaitReason.WorkersBusy, BackendState.Ready],
        ["ready alone means nothing", 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9, 1, WaitReason.WorkersStarting, BackendState.Cold],
        ["nothing up: one wake-up job", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, WaitReason.WorkersStarting, BackendState.Cold],
        ["nothing up, wake-up job sent", 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 9, 0, WaitReason.WorkersStarting, BackendState.Starting],
        ["nothing up, wake-up job in progress already", 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 9, 0, WaitReason.WorkersStarting, BackendState.Starting],
        ["nothing up, others' job waits", 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 9, 1, WaitReason.WorkersStarting, BackendState.Cold],
        ["only initializing: one wake-up job", 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 9, 1, WaitReason.WorkersStarting, BackendState.Starting],
        ["only initializing, wake-up job sent", 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 9, 0, WaitReason.WorkersStarting, BackendState.Starting],
        ["only throttled: one wake-up job", 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9, 1, WaitReason.WorkersThrottled, BackendState.Throttled],
        ["only throttled, wake-up job sent", 0, 0, 0, 0, 2, 0, 0, 1, 1, 1, 9, 0, WaitReason.WorkersThrottled, BackendState.Throttled],
        ["only unhealthy: one wake-up job", 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 9, 1, WaitReason.WorkersUnhealthy, BackendState.Unhealthy],
        ["only unhealthy, wake-up job sent", 0, 0, 0, 0, 0, 3, 0, 1, 1, 1, 9, 0, WaitReason.WorkersUnhealthy, BackendState.Unhealthy],
        ["throttled and unhealthy beside a running one", 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, WaitReason.WorkersBusy, BackendState.Ready],
        ["others take every worker", 0, 0, 0, 3, 0, 0, 3, 0, 0, 0, 9, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["others take one worker", 0, 0, 0, 3, 0, 0, 1, 0, 0, 0, 9, 2, WaitReason.WorkersBusy, BackendState.Ready],
        ["others wait for a worker", 0, 0, 0, 3, 0, 0, 3, 2, 0, 0, 9, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["health still shows our ended job", 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, WaitReason.WorkersBusy, BackendState.Ready],
        ["health does not show our sent job yet", 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["health shows ours and another's", 0, 0, 0, 3, 0, 0, 2, 0, 1, 1, 9, 1, WaitReason.WorkersBusy, BackendState.Ready],
        ["cap of own jobs", 0, 0, 0, 9, 0, 0, 3, 0, 3, 3, 9, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["more workers than configured: the cap holds", 5, 0, 5, 5, 0, 0, 0, 0, 0, 0, 99, 3, WaitReason.WorkersBusy, BackendState.Ready],
        ["running lingers without jobs", 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, WaitReason.WorkersBusy, BackendState.Ready],
        ["one request behind a busy worker is held", 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["two requests behind a busy worker start the next", 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 2, 1, WaitReason.WorkersBusy, BackendState.Ready],
        ["the job that starts the next is there already", 0, 0, 0, 1, 0, 0, 1, 1, 2, 2, 9, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["second worker coming, short queue", 0, 1, 0, 1, 0, 0, 1, 1, 2, 2, 2, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["second worker coming, long queue", 0, 1, 0, 1, 0, 0, 1, 1, 2, 2, 3, 1, WaitReason.WorkersBusy, BackendState.Ready],
        ["all workers up or coming", 0, 1, 0, 2, 0, 0, 2, 1, 3, 3, 99, 0, WaitReason.WorkersBusy, BackendState.Busy],
        ["nothing scales while nothing runs", 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 99, 0, WaitReason.WorkersStarting, BackendState.Starting],
    ];

    [TestCaseSource(nameof(Rows))]
    public void Decide_Table_GivesRoomReasonAndState(
        string name, int idle, int initializing, int ready, int running, int throttled, int unhealthy,
        int inProgress, int inQueue, int ownPeak, int own, int waiting, int free, WaitReason reason, BackendState state)
    {
        var result = Rules().Decide(Input(
            new WorkerCounts(idle, initializing, ready, running, throttled, unhealthy), inProgress, inQueue, ownPeak, own, waiting));

        result.Should().Be(new CapacityResult(free, reason, state), name);
    }

    [TestCase(BackendState.Unauthorized)]
    [TestCase(BackendState.NotFound)]
    public void Decide_ConfigurationIsWrong_HoldsWhateverTheLastSampleSaid(BackendState state)
    {
        var fault = state is BackendState.Unauthorized ? SampleFault.Unauthorized : SampleFault.NotFound;
        Rules().Decide(Warm() with { Fault = fault }).Should().Be(new CapacityResult(0, WaitReason.BackendUnavailable, state));
    }

    [Test]
    public void Decide_SampleJustFailed_KeepsThePreviousOne()
    {
        Rules().Decide(Warm() with { Fault = SampleFault.Failed, Age = TimeSpan.FromSeconds(4) }).Free.Should().Be(1);
    }

    [Test]
    public void Decide_SamplesFailForLong_Holds()
    {
        Rules().Decide(Warm() with { Fault = SampleFault.Failed, Age = TimeSpan.FromSeconds(9) })
            .Should().Be(new CapacityResult(0, WaitReason.BackendUnavailable, BackendState.Unavailable));
    }

    [Test]
    public void Decide_FirstSampleFailed_Holds()
    {
        Rules().Decide(new CapacityInput(null, TimeSpan.Zero, SampleFault.Failed, 0, 1))
            .Should().Be(new CapacityResult(0, WaitReason.BackendUnavailable, BackendState.Unavailable));
    }

    [Test]
    public void Decide_NeverSampled_HoldsEvenTheWakeUpJob()
    {
        Rules().Decide(new CapacityInput(null, TimeSpan.Zero, SampleFault.None, 0, 1))
            .Should().Be(new CapacityResult(0, WaitReason.WorkersStarting, BackendState.Unknown));
    }

    [Test]
    public void Decide_StaleSampleFromBeforeAQuietSpell_HoldsUntilTheNextIsThere()
    {
        Rules().Decide(Warm() with { Fault = SampleFault.Pending, Age = TimeSpan.FromSeconds(20) }).Free.Should().Be(0);
    }

    [TestCase(1, 1, 1, Description = "scales by queue delay")]
    [TestCase(1, 4, 4, Description = "scales by request count 4: its last worker needs more jobs than workers")]
    [TestCase(30, 4, 30, Description = "concurrent handler")]
    public void MaxOwn_Scaler_IsWhatTheLastWorkerNeeds(int concurrency, int scalerValue, int perWorker)
    {
        Rules(concurrency, scalerValue).MaxOwn.Should().Be(3 * perWorker);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void Decide_LongQueueOnAColdEndpoint_GrowsItToItsLastWorker(int scalerValue)
    {
        // Plays RunPod: workers = ceil(jobs / value), one job each. With value 1 this is what queue delay comes to as well.
        var (rules, own, waiting, running) = (Rules(scalerValue: scalerValue), 0, 40, 0);
        for (var round = 0; round < 20; round++)
        {
            var free = rules.Decide(Input(new WorkerCounts(0, 0, 0, running, 0, 0), Math.Min(own, running), Math.Max(0, own - running), own, own, waiting)).Free;
            (own, waiting) = (own + free, waiting - free);
            running = Math.Min(3, (own + scalerValue - 1) / scalerValue);
        }

        running.Should().Be(3);
        own.Should().BeLessThanOrEqualTo((2 * scalerValue) + 1, "what waits here costs nothing when its client leaves");
    }

    [TestCase(1, 5, Description = "one busy worker and just enough demand to lift the scaler over its value")]
    public void Decide_DemandJustEnough_GoesAheadToTheEndOrNotAtAll(int own, int target)
    {
        // A rule that looked only at what still waits would stop half-way: jobs at RunPod, and no worker for them.
        var (rules, waiting) = (Rules(scalerValue: 4), target - own);
        while (rules.Decide(Input(new WorkerCounts(0, 0, 0, 1, 0, 0), 1, own - 1, own, own, waiting)).Free > 0)
        {
            (own, waiting) = (own + 1, waiting - 1);
        }

        own.Should().Be(target);
    }

    [Test]
    public void Decide_DemandTooSmallForTheScaler_SendsNothingAhead()
    {
        Rules(scalerValue: 4).Decide(Input(new WorkerCounts(0, 0, 0, 1, 0, 0), 1, 0, 1, 1, 3)).Free.Should().Be(0);
    }

    [TestCase(0, 0, 2)]
    [TestCase(5, 0, 2)]
    [TestCase(7, 0, 3, Description = "one more round")]
    [TestCase(13, 0, 5)]
    [TestCase(19, 0, 9)]
    [TestCase(600, 0, 12, Description = "the cap holds")]
    [TestCase(600, 1, 2, Description = "throttled: the scaler wants workers already")]
    public void Decide_ScalerDoesNotReactToShortJobs_SendsMoreAheadAfterAWhile(int seconds, int throttled, int total)
    {
        var rules = new CapacityRules(12, 1, 1, TimeSpan.FromSeconds(8));

        var input = Input(new WorkerCounts(0, 0, 0, 1, throttled, 0), 1, 1, 2, 2, 50) with { WantedFor = TimeSpan.FromSeconds(seconds) };

        (input.Own + rules.Decide(input).Free).Should().Be(total);
    }

    [Test]
    public void Decide_ConcurrentHandler_FillsTheWorker()
    {
        Rules(concurrency: 30).Decide(Input(new WorkerCounts(0, 0, 0, 1, 0, 0), 4, 0, 4, 4, 99)).Free.Should().BeInRange(26, 27);
    }

    private static CapacityRules Rules(int concurrency = 1, int scalerValue = 1) => new(3, concurrency, scalerValue, TimeSpan.FromSeconds(8));

    private static CapacityInput Warm() => Input(new WorkerCounts(0, 0, 0, 1, 0, 0), 0, 0, 0, 0, 1);

    private static CapacityInput Input(WorkerCounts workers, int inProgress, int inQueue, int ownPeak, int own, int waiting) => new(
        new HealthSample(workers, new JobCounts(0, 0, inProgress, inQueue, 0), ownPeak),
        TimeSpan.FromMilliseconds(Fresh), SampleFault.None, own, waiting);
}
