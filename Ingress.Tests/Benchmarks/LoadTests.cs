using Ingress.Benchmarks.Load;

namespace Ingress.Tests.Benchmarks;

/// <summary>Keeps the load comparison from rotting: its smallest run, with the real service as a process of its own.</summary>
[TestFixture]
[Platform("Linux")]
internal sealed class LoadTests
{
    [TestCase("64x1-256", true)]
    [TestCase("64x1-256", false)]
    [CancelAfter(60_000)]
    public async Task Measure_ShortRun_CountsAnswersAndNoFailure(string scenario, bool isService, CancellationToken cancellationToken)
    {
        var service = isService ? Path.Combine(AppContext.BaseDirectory, "Ingress.Api.dll") : null;

        var result = await LoadCommand.MeasureAsync(LoadScenario.All.Single(each => each.Name == scenario), service, seconds: 0.5)
            .WaitAsync(cancellationToken);

        result.Count.Should().BePositive();
        result.Refused.Should().Be(0);
        result.Failed.Should().Be(0);
        result.P99Microseconds.Should().BePositive();
    }
}
