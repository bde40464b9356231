namespace Ingress.RunPod.Simulation;

/// <summary>
/// The handler that runs where no worker is attached: it streams the prompt word by word, or does what <c>input.simulate</c> asks for.
/// </summary>
internal sealed class BuiltInHandler(
    SimulatedClock clock, JobBook book, Func<SimulatorOptions> options, SimulatorDice dice, Action<SimulatedWorker> crash)
{
    public void Begin(SimulatedJob job, SimulatedWorker worker)
    {
        book.Begin(job, worker);
        if (!HandlerScript.TryRead(job.Input, options(), out var script))
        {
            book.Fail(job, "the built-in handler cannot read this input");
            return;
        }

        var crashes = job.Attempts <= script.Crashes || dice.Roll(options().CrashProbability);
        var run = new HandlerRun(job, worker, script, crashes);
        if (script.Chunks is null)
        {
            BeginPlain(run);
        }
        else
        {
            Later(run, script.Delay + (script.Chunks.Count > 0 ? script.ChunkDelay : TimeSpan.Zero), Stream);
        }
    }

    private void Stream(HandlerRun run)
    {
        var chunks = run.Script.Chunks!;
        while (true)
        {
            if (run.Crashes && run.Next >= chunks.Count / 2)
            {
                crash(run.Worker);
                return;
            }

            if (run.Next < chunks.Count)
            {
                run.Job.AddYield(chunks[run.Next++]);
            }

            if (run.Next >= chunks.Count)
            {
                // The end comes with the last chunk: the reply that first says COMPLETED may carry chunks.
                Finish(run, run.Script.Aggregate ? JsonText.List(chunks) : null);
                return;
            }

            if (run.Script.ChunkDelay > TimeSpan.Zero)
            {
                Later(run, run.Script.ChunkDelay, Stream);
                return;
            }
        }
    }

    private void BeginPlain(HandlerRun run)
    {
        var parts = run.Script.Progress.Count + 1;
        Later(run, run.Script.Delay / (run.Crashes ? 2 : parts), Plain);
    }

    private void Plain(HandlerRun run)
    {
        if (run.Crashes)
        {
            crash(run.Worker);
        }
        else if (run.Next < run.Script.Progress.Count)
        {
            run.Job.Output = run.Script.Progress[run.Next++];
            Later(run, run.Script.Delay / (run.Script.Progress.Count + 1), Plain);
        }
        else
        {
            Finish(run, run.Script.Output);
        }
    }

    private void Finish(HandlerRun run, byte[]? output)
    {
        if (run.Script.Error is { } error)
        {
            book.Fail(run.Job, error);
        }
        else
        {
            book.Complete(run.Job, output);
        }

        run.Worker.Crashes = 0;
    }

    private void Later(HandlerRun run, TimeSpan delay, Action<HandlerRun> step)
    {
        if (delay <= TimeSpan.Zero)
        {
            step(run);
        }
        else
        {
            run.Job.Step = clock.After(delay, () => step(run));
        }
    }

    private sealed class HandlerRun(SimulatedJob job, SimulatedWorker worker, HandlerScript script, bool crashes)
    {
        public SimulatedJob Job { get; } = job;

        public SimulatedWorker Worker { get; } = worker;

        public HandlerScript Script { get; } = script;

        public bool Crashes { get; } = crashes;

        public int Next { get; set; }
    }
}
