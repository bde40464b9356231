using System.Diagnostics;
using Ingress.RunPod.Client;
using Ingress.RunPod.Jobs;

namespace Ingress.RunPod.Cancelling;

/// <summary>A job that is to be cancelled.</summary>
/// <param name="Job">The job.</param>
/// <param name="IsRunning">Whether a worker is at it, as far as is known; those go first, since they cost.</param>
internal sealed record CancelTicket(JobTicket Job, bool IsRunning)
{
    private readonly TaskCompletionSource<JobAnswer?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets the span that the calls belong to: that of whoever asks for the cancel, and not of the queue that makes them.</summary>
    public Activity? Span { get; } = Activity.Current;

    /// <summary>Gets or sets how many attempts have failed. Only the attempt under way touches it.</summary>
    public int Failures { get; set; }

    /// <summary>
    /// Gets the task that completes, never faulted, when RunPod has confirmed that the job is over: with what it says of the job's end, or
    /// with null where it could not be asked for as long as the job can live.
    /// </summary>
    public Task<JobAnswer?> Done => _done.Task;

    /// <summary>The job is over.</summary>
    public void Complete(JobAnswer? end) => _done.TrySetResult(end);
}
