using Ingress.Pipeline.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.Pipeline;

/// <summary>How often what is done again and again is done.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Pace _pace;
    private TimeSpan _takes;
    private int _runs;

    public PaceTests() => _pace = new Pace(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), share: 0.01, _time);

    [TestCase(0, 1_000, TestName = "Run_TakesNoTime_OnceInAnInterval")]
    [TestCase(5, 1_000, TestName = "Run_TakesLittle_OnceInAnInterval")]
    [TestCase(50, 5_000, TestName = "Run_TakesMuch_AHundredTimesAsSeldom")]
    [TestCase(3_000, 10_000, TestName = "Run_StoodStill_AfterTheLongestPause")]
    public void Run(int takesMs, int dueAfterMs)
    {
        _takes = TimeSpan.FromMilliseconds(takesMs);
        Look();
        _runs.Should().Be(1);
        _time.Advance(TimeSpan.FromMilliseconds(dueAfterMs - 1) - _takes);
        Look();
        _runs.Should().Be(1);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Look();
        _runs.Should().Be(2);
    }

    private void Look() => _pace.Run(() =>
    {
        _runs++;
        _time.Advance(_takes);
    });
}
