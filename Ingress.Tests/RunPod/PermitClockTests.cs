using System.Threading.RateLimiting;
using Ingress.RunPod;
using Ingress.RunPod.Limits;
using Ingress.Tests.Support;

namespace Ingress.Tests.RunPod;

/// <summary>What brings the permits back runs while it is needed, and never stops while somebody waits.</summary>
public sealed class PermitClockTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly WatchedTime _time = new();

    [Test]
    public void AtRest_NothingTicks()
    {
        using var limits = new EndpointLimits(new RunPodLimitOptions(), _time);

        _time.TimersSet.Should().Be(0);
    }

    [TestCase("run"), TestCase("read"), TestCase("cancel")]
    public void PermitTaken_TicksUntilItIsBack(string which)
    {
        using var limits = new EndpointLimits(new RunPodLimitOptions { RunRequests = 1, ReadRequests = 10, CancelRequests = 1 }, _time);
        var limiter = which switch { "run" => limits.Run, "read" => limits.Read, _ => limits.Cancel };
        for (var round = 0; round < 3; round++)
        {
            limiter.AttemptAcquire().Dispose();
            _time.TimersSet.Should().Be(1);
            Pass(TimeSpan.FromSeconds(12.5));

            _time.TimersSet.Should().Be(0, "all permits are there again");
            using var again = limiter.AttemptAcquire();
            again.IsAcquired.Should().BeTrue();
            Pass(TimeSpan.FromSeconds(15));
        }
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task WaitsForSomethingElseFirst_TheClockRunsOn(CancellationToken cancellationToken)
    {
        // All reads are held open for so long that all permits are back; whoever comes next in their place needs new ones.
        using var limits = new EndpointLimits(new RunPodLimitOptions { ReadRequests = 10, ReadConcurrency = 10 }, _time);
        var open = new List<RateLimitLease>();
        while (open.Count < 10)
        {
            open.Add(await AcquireAsync(limits, cancellationToken));
        }

        Task<RateLimitLease>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => limits.Read.AcquireAsync(1, cancellationToken).AsTask())];
        Pass(TimeSpan.FromMinutes(1));
        waiting.Should().OnlyContain(static task => !task.IsCompleted);

        open.ForEach(static lease => lease.Dispose());
        while (!Array.TrueForAll(waiting, static task => task.IsCompleted))
        {
            Pass(Period);
            await Task.Delay(1, cancellationToken);
        }

        waiting.Should().OnlyContain(static task => task.Result.IsAcquired);
    }

    [Test]
    [CancelAfter(20_000)]
    public async Task TakenWhileItIsBeingStopped_ComesBack(CancellationToken cancellationToken)
    {
        using var limits = new EndpointLimits(new RunPodLimitOptions { CancelRequests = 1 }, _time);
        using var first = limits.Cancel.AttemptAcquire();
        var second = Task.FromResult(first);
        _time.Stopping = () =>
        {
            _time.Stopping = null;
            second = Task.Run(() => limits.Cancel.AttemptAcquire(), cancellationToken);
            SpinWait.SpinUntil(() => limits.Cancel.GetStatistics()!.CurrentAvailablePermits == 0, TimeSpan.FromSeconds(10));
        };
        Pass(TimeSpan.FromSeconds(15));
        using var taken = await second;
        taken.IsAcquired.Should().BeTrue();
        taken.Should().NotBeSameAs(first);

        Pass(TimeSpan.FromSeconds(15));

        using var third = limits.Cancel.AttemptAcquire();
        third.IsAcquired.Should().BeTrue();
    }

    private async Task<RateLimitLease> AcquireAsync(EndpointLimits limits, CancellationToken cancellationToken)
    {
        var taken = limits.Read.AcquireAsync(1, cancellationToken).AsTask();
        while (!taken.IsCompleted)
        {
            Pass(Period);
            await Task.Delay(1, cancellationToken);
        }

        return await taken;
    }

    private void Pass(TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += Period)
        {
            _time.Advance(Period);
        }
    }
}
