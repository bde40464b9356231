using Ingress.Benchmarks.Start;

namespace Ingress.Tests.Benchmarks;

/// <summary>Keeps the measurement of the start from rotting: one start of the real service.</summary>
[TestFixture]
[Platform("Linux")]
internal sealed class StartTests
{
    [Test, CancelAfter(60_000)]
    public async Task Measure_OneStart_TellsItsTimesAndMemory(CancellationToken cancellationToken)
    {
        var what = new StartCase("this", Path.Combine(AppContext.BaseDirectory, "Ingress.Api.dll"), 1, RuntimeSetting.Own);

        var run = await Task.Run(() => Starter.Measure(what), cancellationToken).WaitAsync(cancellationToken);

        run.FirstAcknowledgement.Should().BePositive();
        run.CpuSeconds.Should().BePositive();
        run.IdleBytes.Should().BeGreaterThan(10 << 20);
        run.HeldBytes.Should().BeGreaterThan(run.IdleBytes, "sessions take memory");
        what.FolderBytes.Should().BeGreaterThan(1 << 20);
    }
}
