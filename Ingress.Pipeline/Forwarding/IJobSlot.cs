namespace Ingress.Pipeline.Forwarding;

/// <summary>Room for one job, reserved. Belongs to the caller of <see cref="IJobBackend.AcquireSlotAsync"/> until it is released.</summary>
/// <remarks>
/// Life: <see cref="Submit"/> once; after an accepted answer <see cref="FollowAsync"/> once, which holds the slot until the job has
/// ended at the backend. Whatever happens, <see cref="Release"/> at the end; it is safe to call more than once.
/// </remarks>
public interface IJobSlot
{
    /// <summary>Gets the <see cref="TimeProvider.GetTimestamp"/> since when this room is known to have been free.</summary>
    long FreeSince { get; }

    /// <summary>Hands a job over. The backend receives it at most once; it is never repeated after an unclear answer.</summary>
    /// <param name="submission">The job. Its input must stay unchanged until the answer is there.</param>
    /// <returns>The hand-over under way. It does not stop when the client leaves: only the answer tells what there is to cancel.</returns>
    Handover Submit(JobSubmission submission);

    /// <summary>Follows the accepted job to its end.</summary>
    /// <param name="observer">Receives what happens, one call at a time, in order.</param>
    /// <param name="abandoned">
    /// Nobody wants the job any more: it is cancelled at the backend, and the task ends when the backend has confirmed its end.
    /// </param>
    /// <returns>How the job ended. Errors of the backend are values; the task faults only on a bug.</returns>
    Task<JobEnd> FollowAsync(IJobObserver observer, CancellationToken abandoned);

    /// <summary>Gives the room back. A job that still runs at the backend keeps counting until it is known to have ended.</summary>
    void Release();
}
