using Ingress.RunPod.Simulation;

namespace Ingress.Tests.Simulation;

[TestFixture]
public sealed class SimulatorOptionsTests
{
    [Test]
    public void Validate_Defaults_FindsNothing() => SimulatorOptions.Validate(new SimulatorOptions()).Should().BeEmpty();

    [Test]
    public void Validate_BadValues_NamesKeyValueAndRule()
    {
        var options = new SimulatorOptions
        {
            ColdStart = TimeSpan.FromSeconds(-1),
            ConcurrencyPerWorker = 0,
            CrashProbability = double.NaN,
            Scaler = (SimulatedScaler)9,
            Faults = [new() { Operation = "run" }, new() { Operation = "walk", Status = 42 }],
        };

        SimulatorOptions.Validate(options).Should().SatisfyRespectively(
            first => first.Should().Be("Simulator:ConcurrencyPerWorker is '0': must be between 1 and 1000"),
            second => second.Should().Be("Simulator:Scaler is '9': must be one of QueueDelay, RequestCount"),
            third => third.Should().Be("Simulator:ColdStart is '-00:00:01': must be between 00:00:00 and 1.00:00:00"),
            fourth => fourth.Should().Be("Simulator:CrashProbability is 'NaN': must be between 0 and 1"),
            fifth => fifth.Should().StartWith("Simulator:Faults:1:Operation is 'walk': must be one of *, run, runsync, "),
            sixth => sixth.Should().Be("Simulator:Faults:1:Status is '42': must be between 200 and 599"));
    }
}
