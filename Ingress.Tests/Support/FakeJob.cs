using System.Text;
using Ingress.Pipeline.Forwarding;

namespace Ingress.Tests.Support;

/// <summary>A slot and the job in it, played by a test.</summary>
internal sealed class FakeJob(FakeBackend backend, long freeSince) : IJobSlot
{
    private readonly TaskCompletionSource<SubmitResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<JobEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _followed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IJobObserver? _observer;
    private int _released;

    public long FreeSince => freeSince;

    /// <summary>Gets the input as text.</summary>
    public string Input { get; private set; } = "";

    public JobSubmission? Submission { get; private set; }

    public bool IsAnswered => _answer.Task.IsCompleted;

    public SubmitOutcome? Outcome => _answer.Task.IsCompletedSuccessfully ? _answer.Task.Result.Outcome : null;

    public bool IsFollowed => _followed.Task.IsCompleted;

    public bool IsEnded => _end.Task.IsCompleted;

    /// <summary>Gets whether the slot was told that nobody wants the job any more.</summary>
    public bool IsAbandoned => _abandoned.Task.IsCompleted;

    public bool IsReleased => Volatile.Read(ref _released) == 1;

    public Task Followed => _followed.Task;

    public Task Abandoned => _abandoned.Task;

    /// <summary>Gets or sets what happens when the slot is given back, before it is.</summary>
    public Action? Releasing { get; set; }

    public Handover Submit(JobSubmission submission)
    {
        if (backend.SubmitFault is { } fault)
        {
            throw fault;
        }

        Submission = submission;
        Input = Encoding.UTF8.GetString(submission.Input.Span);
        backend.Submitted(this);
        return new Handover(Task.CompletedTask, _answer.Task);
    }

    public Task<JobEnd> FollowAsync(IJobObserver observer, CancellationToken abandoned)
    {
        _observer = observer;
        abandoned.Register(() => _abandoned.TrySetResult());
        _followed.TrySetResult();
        return _end.Task;
    }

    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
        {
            Releasing?.Invoke();
            backend.Released();
        }
    }

    public void Accept(string jobId) => _answer.TrySetResult(new SubmitResult(SubmitOutcome.Accepted, jobId));

    public void Answer(SubmitOutcome outcome, string? message = null) =>
        _answer.TrySetResult(new SubmitResult(outcome, Message: message));

    public void Start(string worker = "w1", int attempt = 1) => _observer!.OnStarted(new JobStart(worker, 5, attempt));

    public void Yield(string json) => _observer!.OnOutput(Encoding.UTF8.GetBytes(json));

    public void End(JobEndState state, string? output = null, string? error = null) => End(
        new JobEnd(state) { Output = output is null ? null : Encoding.UTF8.GetBytes(output), Error = error });

    public void End(JobEnd end) => _end.TrySetResult(end);
}
