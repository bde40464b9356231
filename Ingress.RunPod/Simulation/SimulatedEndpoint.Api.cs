namespace Ingress.RunPod.Simulation;

/// <content>The job API: what clients call.</content>
internal sealed partial class SimulatedEndpoint
{
    public Reply Run(RunRequest request)
    {
        using var turn = _clock.Enter();
        var job = _book.Submit(request, isSync: false);
        return Reply.Json(JobJson.Accepted(job)) with { NewJob = job.Id };
    }

    public async ValueTask<Reply> RunSyncAsync(RunRequest request, TimeSpan wait, CancellationToken cancellationToken)
    {
        string id;
        using (_clock.Enter())
        {
            id = _book.Submit(request, isSync: true).Id;
        }

        return await HoldAsync(id, wait, wantsChunks: false, static job => job.State.IsOver(), RunSyncAnswer, cancellationToken);

        // A job that is not over is answered with its state alone.
        static Reply RunSyncAnswer(SimulatedJob job) => Reply.Json(job.State.IsOver() ? JobJson.Full(job) : JobJson.Brief(job));
    }

    public Reply Status(string id, TimeSpan? ttl)
    {
        using var turn = _clock.Enter();
        if (_book.Find(id) is not { } job)
        {
            return Reply.NotFound;
        }

        var answer = Reply.Json(JobJson.Full(job));
        if (ttl is { } left)
        {
            _book.Shorten(job, left);
        }

        return answer;
    }

    public ValueTask<Reply> StatusSyncAsync(string id, TimeSpan wait, CancellationToken cancellationToken) =>
        HoldAsync(
            id, wait, wantsChunks: false, static job => job.State.IsOver(), static job => Reply.Json(JobJson.Full(job)), cancellationToken);

    /// <summary>Drains the chunks that are there; with none, waits for one, for the job's end or for the time to pass.</summary>
    /// <remarks>With <paramref name="lose"/>, the answer is as if there had been no chunks. They are gone.</remarks>
    public ValueTask<Reply> StreamAsync(string id, TimeSpan wait, bool lose, CancellationToken cancellationToken) =>
        HoldAsync(
            id,
            wait,
            wantsChunks: true,
            static job => job.HasUnread || job.State.IsOver(),
            job =>
            {
                var chunks = job.Drain();
                return Reply.Json(JobJson.Stream(job, lose ? [] : chunks));
            },
            cancellationToken);

    public Reply Cancel(string id)
    {
        using var turn = _clock.Enter();
        if (_book.Find(id) is not { } job)
        {
            return Reply.NotFound;
        }

        _book.Cancel(job);
        return Reply.Json(JobJson.Brief(job));
    }

    public Reply Retry(string id)
    {
        using var turn = _clock.Enter();
        return _book.Find(id) is not { } job ? Reply.NotFound
            : _book.TryRetry(job) ? Reply.Json(JobJson.Brief(job))
            : Reply.Error(400, "only jobs that FAILED or TIMED_OUT can be retried");
    }

    public Reply PurgeQueue()
    {
        using var turn = _clock.Enter();
        return Reply.Json(JobJson.Purged(_book.Purge()));
    }

    public Reply Health()
    {
        using var turn = _clock.Enter();
        return Reply.Json(HealthJson.Health(_health.Read(_clock.Now, _options.HealthLag)));
    }

    public Reply Metrics()
    {
        using var turn = _clock.Enter();
        var counts = _health.Read(_clock.Now, _options.HealthLag);
        return Reply.Json(HealthJson.Metrics(counts.Workers, [.. _pool.RunningIds, .. _attached.Ids]));
    }

    private async ValueTask<Reply> HoldAsync(
        string id,
        TimeSpan wait,
        bool wantsChunks,
        Func<SimulatedJob, bool> ready,
        Func<SimulatedJob, Reply> answer,
        CancellationToken cancellationToken)
    {
        TimeSpan? until = null;
        while (true)
        {
            SimulatedJob? job;
            JobWaiter waiter;
            ScheduledCall expiry;
            using (_clock.Enter())
            {
                until ??= _clock.Now + wait;
                job = _book.Find(id);
                if (job is null || ready(job) || _clock.Now >= until)
                {
                    return job is null ? Reply.NotFound : answer(job);
                }

                waiter = job.Wait(wantsChunks);
                expiry = _clock.After(until.Value - _clock.Now, () => waiter.TrySetResult());
            }

            await waiter.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using (_clock.Enter())
            {
                expiry.Cancel();
                job.StopWaiting(waiter);
            }

            // Whoever has hung up must not drain: the chunks are for the next reader.
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
