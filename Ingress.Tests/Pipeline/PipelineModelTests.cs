using CsCheck;

namespace Ingress.Tests.Pipeline;

public sealed class PipelineModelTests
{
    private static readonly Gen<ModelStep> Step = Gen.Select(
        Gen.Frequency(
            (2, Gen.Const(ModelStepKind.Connect)),
            (8, Gen.Const(ModelStepKind.Send)),
            (2, Gen.Const(ModelStepKind.Cancel)),
            (1, Gen.Const(ModelStepKind.Close)),
            (1, Gen.Const(ModelStepKind.Break)),
            (1, Gen.Const(ModelStepKind.Resume)),
            (3, Gen.Const(ModelStepKind.Offer)),
            (4, Gen.Const(ModelStepKind.Answer)),
            (2, Gen.Const(ModelStepKind.Yield)),
            (3, Gen.Const(ModelStepKind.End)),
            (1, Gen.Const(ModelStepKind.Advance)),
            (1, Gen.Const(ModelStepKind.Pause)),
            (1, Gen.Const(ModelStepKind.Operate)),
            (1, Gen.Const(ModelStepKind.Hold)),
            (1, Gen.Const(ModelStepKind.Release))),
        Gen.Int[0, 1000],
        Gen.Int[0, 1000],
        static (kind, a, b) => new ModelStep(kind, a, b));

    [Test]
    [CancelAfter(240_000)]
    public async Task RandomHistories_EveryStep_InvariantsHold(CancellationToken cancellationToken) =>
        await Step.Array[5, 60].SampleAsync(
            async steps =>
            {
                await using var model = new PipelineModel();
                foreach (var step in steps)
                {
                    await model.StepAsync(step, cancellationToken);
                }

                await model.RestAsync(cancellationToken);
            },
            iter: 60,
            threads: 2);
}
