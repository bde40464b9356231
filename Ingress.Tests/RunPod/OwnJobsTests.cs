using Ingress.RunPod.Capacity;
using Microsoft.Extensions.Time.Testing;

namespace Ingress.Tests.RunPod;

public sealed class OwnJobsTests
{
    [Test]
    public void PeakWithin_JobEndedWithinTheSpan_StillCounts()
    {
        var time = new FakeTimeProvider();
        var own = new OwnJobs(time);
        own.Add(1);
        own.Add(1);
        time.Advance(TimeSpan.FromSeconds(10));
        own.Add(-1);
        own.Add(-1);
        time.Advance(TimeSpan.FromSeconds(3));

        own.Count.Should().Be(0);
        own.PeakWithin(TimeSpan.FromSeconds(5)).Should().Be(2);
        own.PeakWithin(TimeSpan.FromSeconds(2)).Should().Be(0);
    }

    [Test]
    public void PeakWithin_RandomHistory_EqualsTheHighestValueOfTheSpan()
    {
        var random = new Random(42);
        var time = new FakeTimeProvider();
        var own = new OwnJobs(time);
        var history = new List<(double From, int Value)> { (0, 0) };
        var now = 0.0;
        for (var step = 0; step < 2_000; step++)
        {
            var wait = random.Next(0, 900);
            time.Advance(TimeSpan.FromMilliseconds(wait));
            now += wait;
            var change = own.Count > 0 && random.Next(2) == 0 ? -1 : 1;
            own.Add(change);
            history.Add((now, own.Count));

            var span = random.Next(1, 6_000);
            var expected = history.Where((entry, i) => i == history.Count - 1 || history[i + 1].From >= now - span).Max(static entry => entry.Value);
            own.PeakWithin(TimeSpan.FromMilliseconds(span)).Should().Be(expected);
        }
    }
}
